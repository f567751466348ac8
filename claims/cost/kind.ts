/**
 * Cost: a million user requests cost at most so many times what they would cost in the primary's region alone. By the
 * price map of the target file: a model, not a bill.
 */
import { count, list } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import type { ServedRequests } from './measure.ts';
import { type PriceMap, priceMap } from './prices.ts';

const MILLION = 1e6;
const SECONDS_PER_HOUR = 3_600;

export const cost: FindingKind = {
  judges: 'figures',
  evidence: 'count',
  subjects: ['target'],
  item: 'budget',
  badName: 'exceeded',
  limit: {
    key: 'exceededBudgets',
    unit: 'count',
    describe: 'Maximum number of exceeded budgets: 0, as a target has one, `prices:`.',
    words: () => 'requests within the budget',
    title: () => 'requests cost at most as many times the baseline as `prices:` allows',
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  isForLoadAlone: true,
  needs: [],
  block: 'prices',
  find({ plan, claim }, { figures, observed }) {
    const prices = priceMap.safeParse(observed('cost'));
    if (!prices.success) return untested('the run has no price map.');
    const primary = plan.regions.find(({ rttToPrimaryMs }) => rttToPrimaryMs === 0)?.id ?? null;
    return find(prices.data, figures.servedRequests, primary, claim.maxCount!);
  },
};

function find(prices: PriceMap, served: ServedRequests, primary: string | null, maxCount: number): Finding {
  const counts = served.regions.flatMap(({ region, requests }) =>
    Object.entries(requests).map(([source, n]) => ({ region, source, n })),
  );
  const total = counts.reduce((sum, { n }) => sum + n, 0);
  if (total === 0 || served.seconds === 0) return untested('no user request was served.');
  const unpriced = [...new Set(counts.map(({ source }) => source))].filter(
    (source) => prices.perMillion[source] === undefined,
  );
  if (unpriced.length > 0) return untested(`\`prices:\` has no price for requests with data from ${list(unpriced)}.`);
  const hours = served.seconds / SECONDS_PER_HOUR;
  const perMillion = counts.reduce(
    (sum, { region, source, n }) =>
      sum +
      (n / total) *
        (prices.perMillion[source]! + (source === 'primary' && region !== primary ? prices.transferPerMillion : 0)),
    (prices.perHour * hours * MILLION) / total,
  );
  const baseline = prices.baseline.perMillion + (prices.baseline.perHour * hours * MILLION) / total;
  const isOver = perMillion > prices.maxTimes * baseline;
  const money = (amount: number): string => `${amount.toFixed(2)} ${prices.currency}`;
  const why =
    `By the price map of the target file, a million user requests cost ${money(perMillion)}, ${(perMillion / baseline).toFixed(2)} times as much as ` +
    `in the primary's region alone (${money(baseline)}); the limit is ${prices.maxTimes} times. The model spreads the hourly prices ` +
    `over the ${count(Math.round(total / served.seconds))} requests per second of this run.`;
  return {
    status: Number(isOver) > maxCount ? 'FAIL' : 'PASS',
    why,
    total: 1,
    bad: Number(isOver),
    fromMs: null,
    toMs: null,
  };
}
