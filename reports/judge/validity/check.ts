import type { ValidityCheck } from '../../run-result.ts';

/** A check, and the regions it spoils: all (null) or those given by index. */
export type SpoilingCheck = ValidityCheck & { regions: number[] | null };

/** Whether it failed, and spoils what is at home in this region; what is at home in none, any region spoils. */
export const spoils = ({ ok, regions }: SpoilingCheck, home: number | null): boolean =>
  !ok && (regions === null || home === null || regions.includes(home));
