/** Versions of records: from row, or where they are too long for one, from the event beside it. */
import { LONG_VERSION, type RareEvent, type RecordedRow, ROW_STATE } from '../../../src/formats/recording.ts';

/** From here on versions are told apart by their distance to the first one seen: numbers are exact up to 2^53 only. */
const LONG = 2n ** 51n;
/** Where that first one stands. */
const PLACE = 2 ** 52;

export class Versions {
  private readonly long = new Map<string, bigint>();
  private first: bigint | null = null;

  /** Takes the digits of a version that its row, which comes later, has no room for. Lines may hold anything. */
  note(event: RareEvent | null): void {
    if (event?.kind !== 'version' || !/^\d+$/.test(event.digits)) return;
    this.long.set(`${event.row} ${event.step} ${event.attempt}`, BigInt(event.digits));
  }

  /**
   * The version of a row as a number that orders as the version does, and equals another only if the versions do; null
   * where the answer said none. (Versions beyond 2^51, such as epoch nanoseconds, must lie within 2^51 of one another.)
   */
  of({ row, step, attempt, state, recordVersion }: RecordedRow): number | null {
    // Older recordings have no flag, and 0 for none.
    if ((state & ROW_STATE.versioned) === 0) return recordVersion > 0 ? recordVersion : null;
    if (recordVersion !== LONG_VERSION) return recordVersion;
    const key = `${row} ${step} ${attempt}`;
    const version = this.long.get(key);
    this.long.delete(key);
    if (version === undefined) return null;
    if (version < LONG) return Number(version);
    this.first ??= version;
    return PLACE + Number(version - this.first);
  }
}
