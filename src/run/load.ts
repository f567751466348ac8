/** A run in its stages: prepare, open lanes, open faults, generate, and collect what observers saw of the target. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AntipodeError, EXIT } from '../errors.ts';
import { Cleanup } from './cleanup.ts';
import { playerEndpoints } from './endpoints.ts';
import { generate, type Generated } from './generate.ts';
import { Journal } from './journal.ts';
import { ignoredWords, outputVariables } from './k6-environment.ts';
import { nearestRegion, worldRouting } from './name-service.ts';
import { k6Resolver } from './names.ts';
import { observe } from './observers/index.ts';
import { openFaults, type OpenFaults } from './open-faults.ts';
import { openLanes, type OpenLanes } from './open-lanes.ts';
import { playerConfig, playerEnvironment, secretValues } from './player-config.ts';
import { prepare, type Prepared } from './prepare.ts';
import { type LoadOptions, type RunContext, stopIfInterrupted } from './run-context.ts';
import { createRunDirectory } from './run-directory.ts';
import { SetupList } from './setup-list.ts';
import { smokeGapMs, smokeRequests } from './smoke.ts';

/**
 * Makes one run: writes plan and timetable, starts world and lanes, runs k6, and leaves `runs/<run-id>/` with
 * everything but the seal. Stops everything it has started, also on failure and Ctrl-C.
 *
 * @returns the run's directory.
 */
export async function makeRun(options: LoadOptions): Promise<{ dir: string; cutShort: boolean }> {
  const dir = await createRunDirectory(options.plan.runId, options.plan.rows);
  const context: RunContext = {
    options,
    dir,
    setup: new SetupList(options.report),
    journal: new Journal(join(dir, 'journal.jsonl')),
    cleanup: new Cleanup(),
    lifecycle: null,
    started: false,
  };
  try {
    const cutShort = await run(context);
    return { dir, cutShort };
  } catch (error) {
    // This run will not be judged, so the error must report that the target may be damaged.
    await context.lifecycle?.abort('abort');
    throw context.lifecycle?.damaged ? impaired(error) : error;
  } finally {
    const failures = await context.cleanup.run();
    for (const { name, error } of failures) options.report(`could not stop ${name}: ${String(error)}`);
    if (!context.started) await rm(dir, { recursive: true, force: true });
  }
}

/** The stages of a run, in order; resolves with whether it was cut short. */
async function run(context: RunContext): Promise<boolean> {
  const { options, journal, cleanup } = context;
  const { plan, profile, target } = options;
  begin(context);
  const prepared = await prepare(context);
  const lanes = await openLanes(context, prepared.world);
  stopIfInterrupted(context);
  const faults = plan.experiment ? await openFaults(context, plan.experiment, prepared) : null;
  stopIfInterrupted(context);
  const world = prepared.world?.file ?? null;
  const observers = observe({ plan, profile, target, world, upstreams: lanes.upstreams }, journal, cleanup);
  const { t0, cutShort } = await play(context, prepared, lanes, faults);
  // Stopped before T0, by Ctrl-C: there is no run to judge.
  if (t0 === null) stopIfInterrupted(context);
  await observers.finish(t0);
  journal.write({ kind: 'ended', cutShort });
  return cutShort;
}

function begin({ options, journal, cleanup }: RunContext): void {
  cleanup.add('journal', () => journal.close());
  journal.write({ kind: 'planned', runId: options.plan.runId, rows: options.plan.rows });
  const { ignored } = outputVariables(options.out);
  if (ignored.length === 0) return;
  journal.write({ kind: 'environment-ignored', names: ignored });
  options.report(ignoredWords(ignored));
}

/** The load, from "ready" to the exit of k6. */
async function play(
  context: RunContext,
  { bin, index, k6, world }: Prepared,
  { upstreams, specs, lanes }: OpenLanes,
  faults: OpenFaults | null,
): Promise<Generated> {
  const { options, dir, setup, journal, cleanup } = context;
  const { plan, target, signal } = options;
  const { origins, hosts } = playerEndpoints(plan, upstreams, specs, lanes.ports);
  const workDir = await mkdtemp(join(tmpdir(), 'antipode-run-'));
  cleanup.add('working directory', () => rm(workDir, { recursive: true, force: true }));
  setup.done();
  options.onReady(index, bin);
  return generate({
    plan,
    runDir: dir,
    workDir,
    k6,
    config: {
      ...playerConfig(plan, target, join(dir, 'timetable.bin'), origins),
      smoke: options.smoke ? smokeRequests(plan, index, bin) : [],
      smokeGapMs: smokeGapMs(plan),
    },
    timetable: bin,
    onStart: () => (context.started = true),
    report: options.report,
    clients: index.clients.firstRow.map((firstRow, c) => ({
      firstRow,
      rows: index.clients.rows[c]!,
      origin: index.clients.origin[c]!,
      cohort: index.clients.cohort[c]!,
    })),
    hosts,
    names: world && target.routing.mode === 'world' ? worldRouting(plan, world.file) : nearestRegion(plan),
    environment: { ...k6Resolver(plan.target.ttlSeconds), ...playerEnvironment(target) },
    secrets: secretValues(target),
    out: options.out,
    journal,
    cleanup,
    signal,
    lost: Promise.race([
      lanes.exited.then((how) => `the lanes exited: ${how}`),
      ...(world ? [world.lost.then((how) => `the world exited: ${how}`)] : []),
      ...(faults?.fisLost ? [faults.fisLost] : []),
    ]),
    experiment: faults?.lifecycle ?? null,
    guard: (nowMs) => faults?.guard(nowMs) ?? null,
    onRow: (row) => {
      faults?.onRow(row);
      options.onRow(row);
    },
    onTick: options.onTick,
  });
}

const impaired = (error: unknown): AntipodeError =>
  new AntipodeError(EXIT.impaired, {
    what: `a fault could not be confirmed cleared, and the run failed: ${error instanceof Error ? error.message : String(error)}`,
    next: 'The target may be damaged: run `npm run heal`.',
    cause: error,
  });
