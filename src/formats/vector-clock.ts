/** Vector clocks as clients see them: how many writes of each region a version knows of. Runs in k6 and in Node. */
export type VectorClock = Readonly<Record<string, number>>;

/** The header in which an answer says the clock of what it shows, and a write the clock of what its writer had seen. */
export const VECTOR_CLOCK_HEADER = 'X-Vector-Clock';

/** The value if it is a vector clock: an object of whole numbers from 0 on; else null. */
export function asVectorClock(value: unknown): VectorClock | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.values(value).every((writes) => Number.isSafeInteger(writes) && writes >= 0)
    ? (value as VectorClock)
    : null;
}

/** One text for one clock, in whatever order its regions stand. */
export const clockText = (clock: VectorClock): string =>
  Object.keys(clock)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((region) => `${region} ${clock[region]}`)
    .join();

/** The clock that a header holds as JSON; null if there is none or it is something else. */
export function parseVectorClock(header: string | undefined): VectorClock | null {
  try {
    return header === undefined ? null : asVectorClock(JSON.parse(header));
  } catch {
    return null;
  }
}
