import type { ValidityCheck } from '../../run-result.ts';

/** A check and the regions that it invalidates if it fails: all (null), or these indices. */
export type RegionalCheck = ValidityCheck & { regions: number[] | null };

/** Whether it failed and invalidates a cell with this home region; a cell without one is invalidated by any region. */
export const invalidates = ({ ok, regions }: RegionalCheck, home: number | null): boolean =>
  !ok && (regions === null || home === null || regions.includes(home));
