/** A run while it is made. */
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
  /** Where a key of the target file stands, as `file:line:column`. */
  placeInTarget(path: PropertyKey[]): string;
  /** A world that is up already; null starts one of its own. */
  world: AttachedWorld | null;
  /** Account ids of AWS in journal and reports as they are. */
  showAccounts: boolean;
  out: string[];
  /** Whether one request of every operation goes to every region first. */
  smoke: boolean;
  signal: AbortSignal;
  /** Lines of the set-up list. */
  report: (line: string) => void;
  /** Called once everything is ready, before the first request. */
  onReady(index: TimetableIndex, timetable: Uint8Array): void;
  onRow(row: RecordedRow): void;
  onTick(nowMs: number): void;
  /** What happens to the faults of an experiment, a line each. */
  onFault(line: string): void;
}

/** What its stages share: what was asked for, where it is written, and what must be stopped again. */
export interface RunContext {
  options: LoadOptions;
  /** The run's directory. */
  dir: string;
  setup: SetupList;
  journal: Journal;
  cleanup: Cleanup;
  /** Of its experiment, once nothing is broken that its keeper does not know of. */
  lifecycle: Lifecycle | null;
  /** Whether requests have left. */
  started: boolean;
}

/** @throws exit 130 after a Ctrl-C that came before the first request. */
export function stopIfInterrupted({ options: { signal } }: RunContext): void {
  if (!signal.aborted) return;
  throw new AntipodeError(EXIT.interrupted, { what: 'Interrupted before the first request; no load was sent' });
}
