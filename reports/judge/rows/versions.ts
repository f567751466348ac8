/** Versions of records: from the row, or from a separate event if too long for a row. */
import { LONG_VERSION, type RareEvent, type RecordedRow, ROW_STATE } from '../../../src/formats/recording.ts';

/** From here on versions are represented by their distance to the first one: numbers are exact only up to 2^53. */
const LONG = 2n ** 51n;
/** Number of that first version. */
const FIRST_LONG = 2 ** 52;

export class Versions {
  private readonly long = new Map<string, bigint>();
  private first: bigint | null = null;

  /** Takes the digits of a version that does not fit in its row, which comes later. Events are not validated. */
  note(event: RareEvent | null): void {
    if (event?.kind !== 'version' || !/^\d+$/.test(event.digits)) return;
    this.long.set(`${event.row} ${event.step} ${event.attempt}`, BigInt(event.digits));
  }

  /**
   * The version of a row as a number with the same order and equality; null without a version. Versions beyond 2^51,
   * such as epoch nanoseconds, must be within 2^51 of one another.
   */
  of({ row, step, attempt, state, recordVersion }: RecordedRow): number | null {
    // Older recordings have no flag; their 0 means none.
    if ((state & ROW_STATE.versioned) === 0) return recordVersion > 0 ? recordVersion : null;
    if (recordVersion !== LONG_VERSION) return recordVersion;
    const key = `${row} ${step} ${attempt}`;
    const version = this.long.get(key);
    this.long.delete(key);
    if (version === undefined) return null;
    if (version < LONG) return Number(version);
    this.first ??= version;
    return FIRST_LONG + Number(version - this.first);
  }
}
