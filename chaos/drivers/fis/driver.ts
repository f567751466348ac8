/**
 * The faults of one run as AWS FIS carries them out. Templates are made and previewed before the load begins, started
 * when a fault is due (through.ts).
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { FisUndo, PlanExperiment, PlanFault } from '../../../src/formats/faults.ts';
import type { JournalEvent } from '../../../src/formats/journal.ts';
import { redacted } from '../../../src/config/arn.ts';
import type { Fault } from '../../fault.ts';
import type { FisControls } from '../../points.ts';
import { fisPool } from './client/client.ts';
import { isLoopback } from './client/send.ts';
import { previewAll, undoOf } from './life/preview.ts';
import { compileForFis } from './templates/compile.ts';
import { faultThroughFis, type FisRun, placeOf } from './through.ts';

/** Between two looks at an experiment, ms: AWS throttles, an endpoint on this machine does not. */
const LOOK_MS = { aws: 1_000, here: 200 };

export interface FisDriverOptions {
  runId: string;
  experiment: PlanExperiment;
  controls: FisControls;
  note(event: JournalEvent): void;
}

export interface FisDriver {
  /** The kind of this fault, with start, stop and leftovers by FIS. */
  through(plan: PlanFault, kind: Fault<unknown>): Fault<unknown>;
  /**
   * Makes and previews the templates of all faults: what would be hit is in the journal then, and nothing was broken.
   * Rejects if one finds nothing or cannot be made; none is left then. Returns what undoes all of it.
   */
  preview(signal?: AbortSignal): Promise<FisUndo[]>;
  /** Deletes the templates that no fault has used, and lets go of connections. False if one could not be deleted. */
  close(): Promise<boolean>;
}

/** Nothing is called before `preview`. Usage error (exit 2) for what FIS cannot do. */
export function fisDriver({ runId, experiment, controls, note }: FisDriverOptions): FisDriver {
  const { endpoint, target, showAccounts } = controls;
  const isHere = endpoint !== null && isLoopback(new URL(endpoint).hostname);
  const pool = fisPool({ endpoint, showAccounts });
  const everyMs = isHere ? LOOK_MS.here : LOOK_MS.aws;
  const run: FisRun = { controls, pool, everyMs, previewed: [], used: new Set(), note };
  const compiled = compileForFis({
    runId,
    scenario: experiment.name,
    target,
    faults: experiment.faults,
    fromEpochMs: Date.now(),
    revision: null,
    attempt: 1,
  });
  const parts = compiled.flatMap((fault) => fault.parts);
  return {
    through: (plan, kind) => faultThroughFis(run, plan, kind),
    async preview(signal) {
      run.previewed = await previewAll(parts, { pool, endpoint, everyMs, signal });
      for (const { part, targets, doubts } of run.previewed) {
        const shown = (text: string): string => (showAccounts ? text : redacted(text));
        const names = targets.map(({ targetName, information }) =>
          shown([targetName, ...Object.values(information)].join(' ')),
        );
        const [fault, region] = [part.fault.number, part.awsRegion];
        note({ kind: 'fis-preview', fault, place: placeOf(run), region, targets: names, doubts });
      }
      return run.previewed.map((one) => undoOf(one, endpoint));
    },
    async close() {
      const idle = run.previewed.filter(({ part }) => !run.used.has(part.fault.number));
      const deleted = await Promise.allSettled(
        idle.map((one) => pool.in(one.part.awsRegion).deleteTemplate(one.templateId)),
      );
      // Connections that a late answer still comes in on.
      await pause(0);
      pool.close();
      return deleted.every(({ status }) => status === 'fulfilled');
    },
  };
}
