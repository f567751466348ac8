/** A vector clock: the number of writes of each region that a version includes. Runs in k6 and in Node. */
export type VectorClock = Readonly<Record<string, number>>;

/** Header with the clock of the version that a response shows, or that the client of a write has read. */
export const VECTOR_CLOCK_HEADER = 'X-Vector-Clock';

/** The value if it is a vector clock: an object of whole numbers from 0 on; else null. */
export function asVectorClock(value: unknown): VectorClock | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.values(value).every((writes) => Number.isSafeInteger(writes) && writes >= 0)
    ? (value as VectorClock)
    : null;
}

/** A canonical text of a clock, independent of the order of its regions. */
export const clockText = (clock: VectorClock): string =>
  Object.keys(clock)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((region) => `${region} ${clock[region]}`)
    .join();

/** The clock in a header as JSON; null without one, or if it is not a clock. */
export function parseVectorClock(header: string | undefined): VectorClock | null {
  try {
    return header === undefined ? null : asVectorClock(JSON.parse(header));
  } catch {
    return null;
  }
}
