/**
 * The faults of one run, carried out by AWS FIS. Templates are created and previewed before the load begins, and
 * started when a fault is due (through.ts).
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

/** Polling interval of an experiment, ms: AWS throttles, an endpoint on this machine does not. */
const POLL_MS = { aws: 1_000, here: 200 };

export interface FisDriverOptions {
  runId: string;
  experiment: PlanExperiment;
  controls: FisControls;
  note(event: JournalEvent): void;
}

export interface FisDriver {
  /** The kind of this fault, with start, stop and leftovers through FIS. */
  through(plan: PlanFault, kind: Fault<unknown>): Fault<unknown>;
  /**
   * Creates and previews the templates of all faults; journals the resources they would act on, injects nothing.
   * Rejects if one resolves to no resource or cannot be created; all are deleted then. Returns the undo data of all
   * templates.
   */
  preview(signal?: AbortSignal): Promise<FisUndo[]>;
  /** Deletes the templates of faults that were not started, closes connections. False if one could not be deleted. */
  close(): Promise<boolean>;
}

/** Sends nothing before `preview`. Usage error (exit 2) for faults that FIS cannot carry out. */
export function fisDriver({ runId, experiment, controls, note }: FisDriverOptions): FisDriver {
  const { endpoint, target, showAccounts } = controls;
  const isHere = endpoint !== null && isLoopback(new URL(endpoint).hostname);
  const pool = fisPool({ endpoint, showAccounts });
  const everyMs = isHere ? POLL_MS.here : POLL_MS.aws;
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
      // Lets late responses arrive before connections are closed.
      await pause(0);
      pool.close();
      return deleted.every(({ status }) => status === 'fulfilled');
    },
  };
}
