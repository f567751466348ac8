/** The state of a run that its stages share. */
import type { Lifecycle } from '../../chaos/timeline.ts';
import type { Profile, Target } from '../config/types.ts';
import { AntipodeError, EXIT } from '../errors.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { RecordedRow } from '../formats/recording.ts';
import type { TimetableIndex } from '../formats/timetable.ts';
import type { Cleanup } from './cleanup.ts';
import type { Journal } from './journal.ts';
import type { SetupList } from './setup-list.ts';
import type { AttachedWorld } from './world.ts';

export interface LoadOptions {
  plan: RunPlan;
  profile: Profile;
  target: Target;
  /** Location of a key in the target file, as `file:line:column`. */
  placeInTarget(path: PropertyKey[]): string;
  /** A running world; null starts one. */
  world: AttachedWorld | null;
  /** Whether journal and reports show AWS account ids. */
  showAccounts: boolean;
  out: string[];
  /** Whether the smoke test runs before the load. */
  smoke: boolean;
  signal: AbortSignal;
  /** Prints a line of the set-up list. */
  report: (line: string) => void;
  /** Called once everything is ready, before the first request. */
  onReady(index: TimetableIndex, timetable: Uint8Array): void;
  onRow(row: RecordedRow): void;
  onTick(nowMs: number): void;
  /** Prints a line on the faults of an experiment. */
  onFault(line: string): void;
}

export interface RunContext {
  options: LoadOptions;
  /** The run's directory. */
  dir: string;
  setup: SetupList;
  journal: Journal;
  cleanup: Cleanup;
  /** Lifecycle of the experiment, once its keeper is up. */
  lifecycle: Lifecycle | null;
  /** Whether requests have been sent. */
  started: boolean;
}

/** @throws exit 130 after Ctrl-C before the first request. */
export function stopIfInterrupted({ options: { signal } }: RunContext): void {
  if (!signal.aborted) return;
  throw new AntipodeError(EXIT.interrupted, { what: 'Interrupted before the first request; no load was sent' });
}
