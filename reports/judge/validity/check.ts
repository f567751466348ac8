import type { ValidityCheck } from '../../run-result.ts';

/** A check, and the regions it spoils: all (null) or those given by index. */
export type SpoilingCheck = ValidityCheck & { regions: number[] | null };
