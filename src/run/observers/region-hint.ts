/** After the load, sends operations with every region hint to every region, for `region-hint`. */
import type { HintedRequest, ObservedHints } from '../../../claims/region-hint/observation.ts';
import type { Target } from '../../config/types.ts';
import { createTargetClient } from '../target-client.ts';
import { sourceOf } from './listed-routes.ts';
import { afterLoad, type Observer, pause, LIMIT_SHARE } from './observer.ts';

const TIMEOUT_MS = 5_000;
/** Hints that name no region of any target: an unknown one, and an empty one. */
const UNKNOWN_HINTS = ['mars-1', ''];
/** Records of requests that are no reads. The load uses none of them, so that a request that deletes does no harm. */
const FIRST_KEY = 2_000_000;

export const regionHint: Observer = ({ plan, target, upstreams }) => {
  if (target.regionHint === null || !plan.claims.some(({ kind }) => kind === 'region-hint')) return null;
  const { header, operations } = target.regionHint;
  const hints = [null, ...plan.regions.map(({ id }) => id), ...UNKNOWN_HINTS];
  const spacingMs = (1_000 * upstreams.regions.length) / (LIMIT_SHARE * target.maxRatePerSecond);
  return afterLoad(async () => {
    await using client = createTargetClient(target, plan, TIMEOUT_MS);
    const of = async (i: number): Promise<HintedRequest[]> => {
      const seen: HintedRequest[] = [];
      for (const { name, class: its, method, path, expect } of operationsOf(target, operations)) {
        for (const hint of hints) {
          const values = { key: its === 'read' ? 1 : FIRST_KEY + i, tenant: plan.tenants[0]?.id ?? '' };
          const options = { method, headers: hint === null ? {} : { [header]: hint } };
          const result = await client.request(upstreams.regions[i]!, path, values, options);
          const status = 'failure' in result ? null : result.status;
          seen.push({
            operation: name,
            isStrong: its !== 'read',
            hint,
            isKnown: plan.regions.some(({ id }) => id === hint),
            status,
            isExpected: status !== null && expect.includes(status),
            source: sourceOf(result, target.observe.source),
            servedBy: sourceOf(result, target.observe.region),
          });
          await pause(spacingMs);
        }
      }
      return seen;
    };
    const seen: ObservedHints = await Promise.all(
      plan.regions.map(async ({ id }, i) => ({ region: id, requests: await of(i) })),
    );
    return [{ kind: 'observation', of: 'region-hint', seen }];
  });
};

/** The checks of a target file ensure that there are such operations (target-data.ts). */
const operationsOf = ({ operations }: Target, names: string[]): Target['operations'] =>
  names.map((name) => operations.find((one) => one.name === name)!);
