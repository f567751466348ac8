/** Prepares the experiment of a run, and decides by its rows whether it may begin and continue. */
import type { Lifecycle } from '../../chaos/timeline.ts';
import { startLifecycle } from '../../chaos/lifecycle.ts';
import { lockControls } from '../../chaos/lock.ts';
import { controlsOf } from '../../chaos/points.ts';
import { sitesOfExperiment } from '../../chaos/preflight.ts';
import type { PlanExperiment } from '../formats/faults.ts';
import type { RecordedRow } from '../formats/recording.ts';
import { baselineWatch } from './baseline-watch.ts';
import { fisControls } from './fis-controls.ts';
import { startFisEndpoint } from './fis-endpoint.ts';
import { outsideGuard } from './outside-guard.ts';
import type { Prepared } from './prepare.ts';
import type { RunContext } from './run-context.ts';

export interface OpenFaults {
  lifecycle: Lifecycle;
  onRow(row: RecordedRow): void;
  /** Why the experiment must stop early, by the rows so far; null to continue. */
  guard(nowMs: number): string | null;
  /** Resolves with a message when the run's own FIS endpoint exits by itself; null without one. */
  fisLost: Promise<string> | null;
}

/** Preflight of the experiment; from now on the keeper knows every fault. */
export async function openFaults(
  context: RunContext,
  experiment: PlanExperiment,
  { world, index, bin }: Prepared,
): Promise<OpenFaults> {
  const { options, dir, setup, journal, cleanup } = context;
  const { plan, target, signal } = options;
  const file = world?.file ?? null;
  // Before an endpoint starts, which reverts leftover faults: it must not revert those of another running experiment.
  cleanup.add('lock', await lockControls(controlsOf(file, target), plan.runId));
  let fisLost: OpenFaults['fisLost'] = null;
  const startEndpoint = async (): Promise<string | null> => {
    if (!world) return null;
    const endpoint = await openFisEndpoint(context, world.path);
    fisLost = endpoint.lost;
    return endpoint.url;
  };
  const fis = experiment.driver === 'fis' ? await fisControls(target, file, options.showAccounts, startEndpoint) : null;
  const controls = controlsOf(file, target, fis);
  cleanup.add('lock of FIS', await lockControls({ ...controls, toxiproxies: [] }, plan.runId));
  const baseline = baselineWatch(plan, index, bin);
  const lifecycle = await setup.step(
    'faults',
    () =>
      startLifecycle({
        runId: plan.runId,
        runDir: dir,
        experiment,
        controls,
        journal,
        baselineFailure: () => baseline.failure(),
        log: options.onFault,
        signal,
      }),
    () => `${sitesOfExperiment(experiment).length} sites healthy, keeper up`,
  );
  context.lifecycle = lifecycle;
  cleanup.add('faults', () => lifecycle.close());
  const outside = outsideGuard(plan, experiment, index, bin);
  return {
    lifecycle,
    onRow(row) {
      baseline.add(row);
      outside.add(row);
    },
    guard: (nowMs) => (lifecycle.active ? outside.violation(nowMs) : null),
    fisLost,
  };
}

async function openFisEndpoint(
  { setup, cleanup }: RunContext,
  worldPath: string,
): Promise<{ url: string; lost: Promise<string> }> {
  const endpoint = await setup.step(
    'FIS endpoint',
    () => startFisEndpoint(worldPath, 1),
    (one) => one.url,
  );
  cleanup.add('FIS endpoint', async () => endpoint[Symbol.asyncDispose]());
  return endpoint;
}
