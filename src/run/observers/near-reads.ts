/** During the load, reads the same record near a replica and forced to the primary, in turns, for `near-reads`. */
import type { ObservedPairs } from '../../../claims/near-reads/observation.ts';
import { type TargetClient, createTargetClient } from '../target-client.ts';
import type { Upstream } from '../upstreams.ts';
import { keysOf, type Observer, pause } from './observer.ts';

const TIMEOUT_MS = 5_000;
/** Two requests per region in this time, beside the load. */
const EVERY_MS = 150;
/** Enough for 1 % with 95 % confidence. */
const MAX_PAIRS = 400;
const KEYS = 10;

export const nearReads: Observer = ({ plan, profile, target, upstreams }) => {
  // A fault may take the replica out of the reads.
  if (plan.experiment !== null || target.nearReads === null) return null;
  if (!plan.claims.some(({ kind }) => kind === 'near-reads')) return null;
  const { path, forced, times } = target.nearReads;
  const seen: ObservedPairs = { times, failed: 0, pairs: [] };
  const keys = keysOf(profile, KEYS);
  const client = createTargetClient(target, plan, TIMEOUT_MS);
  let isOver = false;
  const readOf = (region: string, upstream: Upstream) => async (): Promise<void> => {
    const tenant = plan.tenants[0]?.id ?? '';
    for (let i = 0; !isOver && seen.pairs.length < MAX_PAIRS; i++) {
      const values = { key: keys[i % keys.length]!, tenant };
      const tookMs = (headers: Record<string, string>) => timed(client, upstream, path, values, headers);
      // Which of the two is first alternates, as the second may find warm connections and pages.
      const [first, second] = i % 2 === 0 ? [{}, forced] : [forced, {}];
      const [a, b] = [await tookMs(first), await tookMs(second)];
      if (isOver) return;
      if (a === null || b === null) seen.failed += 1;
      else seen.pairs.push(i % 2 === 0 ? { region, nearMs: a, forcedMs: b } : { region, nearMs: b, forcedMs: a });
      await pause(EVERY_MS);
    }
  };
  const readers = plan.regions.flatMap(({ id, replica }, i) => (replica ? [readOf(id, upstreams.regions[i]!)()] : []));
  const stop = async (): Promise<void> => {
    isOver = true;
    await Promise.all(readers);
    await client[Symbol.asyncDispose]();
  };
  return {
    async finish() {
      await stop();
      return [{ kind: 'observation', of: 'near-reads', seen }];
    },
    stop: () => void stop(),
  };
};

/** How long a good response took, ms; null for none. */
async function timed(
  client: TargetClient,
  upstream: Upstream,
  path: string,
  values: Record<string, string | number>,
  headers: Record<string, string>,
): Promise<number | null> {
  const begunMs = performance.now();
  const result = await client.request(upstream, path, values, { headers });
  return 'failure' in result || result.status >= 400 ? null : performance.now() - begunMs;
}
