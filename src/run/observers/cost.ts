/** Keeps the price map of the target with the run, for `cost`. */
import type { PriceMap } from '../../../claims/cost/prices.ts';
import { afterLoad, type Observer } from './observer.ts';

export const cost: Observer = ({ plan, target }) => {
  const seen: PriceMap | null = target.prices;
  if (seen === null || !plan.claims.some(({ kind }) => kind === 'cost')) return null;
  return afterLoad(() => Promise.resolve([{ kind: 'observation', of: 'cost', seen }]));
};
