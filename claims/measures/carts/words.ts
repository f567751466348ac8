/** Text on carts: winners and convergence. */
import { count, plural, seconds } from '../../../src/formats/words.ts';
import type { Context } from '../measure.ts';
import type { CartFigures, CartRegion } from './schema.ts';

type Scene = Pick<Context<unknown>, 'plan'>;

export const cartLines = (carts: CartFigures | null, scene: Scene): string[] =>
  carts === null ? [] : [`  Carts: ${cartWords(carts, scene)}`];

/** One line on winners and convergence. */
export function cartWords(carts: CartFigures, { plan }: Scene): string {
  const { acknowledged, refused, unknown, unclear, ignored, differing, regions } = carts;
  const among = (what: (region: CartRegion) => number): string =>
    regions
      .filter((region) => what(region) > 0)
      .map((region) => `${count(what(region))} in ${region.region}`)
      .join(', ');
  const [wrong, unjudged] = [among((region) => region.wrong), among((region) => region.unjudged)];
  const shown = regions.every(({ fromMs }) => fromMs === null)
    ? 'convergence not measured: no suitable read'
    : regions.some(({ fromMs, toMs }) => fromMs !== null && toMs === null)
      ? 'not all regions converged'
      : `the last region converged ${intervalWords(regions)} after t1`;
  return [
    `${plural(acknowledged, 'edit')} acknowledged, ${count(refused)} rejected${unknown === 0 ? '' : `, ${count(unknown)} without a response`}`,
    `carts with a wrong winner: ${wrong || 'none'}${unjudged && ` (unknown: ${unjudged})`}`,
    differing === null
      ? 'fewer than two regions could be read, so they could not be compared'
      : differing === 0
        ? 'all regions agree at the end'
        : `${plural(differing, 'cart')} differ between regions at the end`,
    plan.experiment !== null && shown,
    unclear > 0 && `edits without the versions they read and wrote: ${count(unclear)}`,
    ignored > 0 && `${plural(ignored, 'line')} about carts ignored`,
  ]
    .filter((part) => part !== false)
    .join('; ');
}

/** The interval of the last region to converge. */
const intervalWords = (regions: CartRegion[]): string =>
  `${seconds(Math.max(...regions.map(({ fromMs }) => fromMs ?? 0))).replace(/ s$/, '')}–${seconds(Math.max(...regions.map(({ toMs }) => toMs ?? 0)))}`;
