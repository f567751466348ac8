/** A dependency behind a proxy, which is nothing of AWS. */
import type { KindPlan } from '../step.ts';

/** Always why not. */
export const compileDependency = (): KindPlan => ({
  cannot: 'a dependency is a proxy of Toxiproxy, and FIS knows none',
  instead: 'Run it without `--driver fis`.',
});
