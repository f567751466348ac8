/** Who won the carts that every region edited, and when the regions agreed, in words. */
import { count, plural, seconds } from '../../../src/formats/words.ts';
import type { Context } from '../measure.ts';
import type { CartFigures, CartRegion } from './schema.ts';

type Scene = Pick<Context<unknown>, 'plan'>;

export const cartLines = (carts: CartFigures | null, scene: Scene): string[] =>
  carts === null ? [] : [`  Carts: ${cartWords(carts, scene)}`];

/** Who won, and when the regions agreed, in a sentence. */
export function cartWords(carts: CartFigures, { plan }: Scene): string {
  const { acknowledged, refused, unknown, unclear, ignored, differing, regions } = carts;
  const among = (what: (region: CartRegion) => number): string =>
    regions
      .filter((region) => what(region) > 0)
      .map((region) => `${count(what(region))} in ${region.region}`)
      .join(', ');
  const [wrong, unjudged] = [among((region) => region.wrong), among((region) => region.unjudged)];
  const shown = regions.every(({ fromMs }) => fromMs === null)
    ? 'no client saw what had been written meanwhile'
    : regions.some(({ fromMs, toMs }) => fromMs !== null && toMs === null)
      ? 'not every region came to show what the others had written meanwhile'
      : `every region showed what the others had written meanwhile ${intervalWords(regions)} after t1`;
  return [
    `${plural(acknowledged, 'edit')} acknowledged, ${count(refused)} refused${unknown === 0 ? '' : `, ${count(unknown)} without an answer`}`,
    `wrong winners: ${wrong || 'none'}${unjudged && ` (not to be told: ${unjudged})`}`,
    differing === null
      ? 'nobody could be asked whether all regions agree'
      : differing === 0
        ? 'all regions agree at the end'
        : `${plural(differing, 'cart')} differ between regions at the end`,
    plan.experiment !== null && shown,
    unclear > 0 && `${count(unclear)} edits do not say what they made`,
    ignored > 0 && `${plural(ignored, 'line')} about carts ignored`,
  ]
    .filter((part) => part !== false)
    .join('; ');
}

/** The interval of the region that came last. */
const intervalWords = (regions: CartRegion[]): string =>
  `${seconds(Math.max(...regions.map(({ fromMs }) => fromMs ?? 0))).replace(/ s$/, '')}–${seconds(Math.max(...regions.map(({ toMs }) => toMs ?? 0)))}`;
