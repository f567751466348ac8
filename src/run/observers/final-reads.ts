/** The ledger and the carts of each region after the load, read again until all regions agree or time is up. */
import type { FinalCart } from '../../formats/journal.ts';
import type { RunPlan } from '../../formats/plan.ts';
import { clockText, parseVectorClock, VECTOR_CLOCK_HEADER } from '../../formats/vector-clock.ts';
import { createTargetClient, type TargetClient, type TargetResponse } from '../target-client.ts';
import { afterLoad, type Observer, sends } from './observer.ts';
import type { Upstream, Upstreams } from '../upstreams.ts';

/** How long regions have to agree: a late write is not a lost one. */
const MAX_WAIT_MS = 15_000;
const POLL_MS = 500;
/** Timeout of one request, ms. */
export const REQUEST_TIMEOUT_MS = 5_000;

/** The ledger of every region after the load. */
export const finalReadsObserver: Observer = (run) => {
  const { plan, target, upstreams } = run;
  const { ledger } = target;
  if (ledger === null || !sends(run, 'ledger')) return null;
  return afterLoad(async () => {
    await using client = createTargetClient(target, plan, REQUEST_TIMEOUT_MS);
    return [{ kind: 'final-reads', regions: await finalReads(plan, upstreams, client, ledger.read) }];
  });
};

/** What was read from a region, or why nothing was. */
type Read<T> = { found: T } | { failure: string };

/**
 * The rows of the ledger that each region has. `path` contains {run}. A region without a response, or with one that is
 * not {"rows": [numbers]}, has null and the reason in `failure`.
 */
export async function finalReads(
  plan: RunPlan,
  upstreams: Upstreams,
  client: TargetClient,
  path: string,
  maxWaitMs = MAX_WAIT_MS,
): Promise<{ region: string; rows: number[] | null; failure?: string }[]> {
  const read = async (upstream: Upstream): Promise<Read<number[]>> => {
    const result = await client.request(upstream, path, { run: plan.runId });
    return 'failure' in result ? result : rowsOf(result);
  };
  const reads = await ofEveryRegion(plan, upstreams, read, (rows) => rows.length, maxWaitMs);
  return reads.map(({ region, ...it }) => ('found' in it ? { region, rows: it.found } : { region, rows: null, ...it }));
}

/**
 * The carts of each region for all keys. `path` contains {key}. A region without a valid response for one of them has
 * null and the reason in `failure`.
 */
export async function finalCarts(
  plan: RunPlan,
  upstreams: Upstreams,
  client: TargetClient,
  path: string,
  keys: number[],
  maxWaitMs = MAX_WAIT_MS,
): Promise<{ region: string; carts: FinalCart[] | null; failure?: string }[]> {
  const read = async (upstream: Upstream): Promise<Read<FinalCart[]>> => {
    const carts = await Promise.all(
      keys.map(async (key): Promise<Read<FinalCart>> => {
        const result = await client.request(upstream, path, { key });
        return 'failure' in result ? result : cartOf(result, key, plan);
      }),
    );
    const failed = carts.find((cart) => 'failure' in cart);
    return failed ?? { found: carts.flatMap((cart) => ('found' in cart ? [cart.found] : [])) };
  };
  const essence = (carts: FinalCart[]): string =>
    JSON.stringify(carts.map(({ rows, clock }) => [rows, clockText(clock)]));
  const reads = await ofEveryRegion(plan, upstreams, read, essence, maxWaitMs);
  return reads.map(({ region, ...it }) =>
    'found' in it ? { region, carts: it.found } : { region, carts: null, ...it },
  );
}

/** What `read` returns for each region, once `essence` of it is the same in all or time is up. */
async function ofEveryRegion<T>(
  plan: RunPlan,
  upstreams: Upstreams,
  read: (upstream: Upstream) => Promise<Read<T>>,
  essence: (found: T) => string | number,
  maxWaitMs: number,
): Promise<({ region: string } & Read<T>)[]> {
  for (const untilMs = Date.now() + maxWaitMs; ;) {
    const reads = await Promise.all(
      upstreams.regions.map(async (upstream, i) => ({ region: plan.regions[i]!.id, ...(await read(upstream)) })),
    );
    const known = new Set(reads.map((it) => ('found' in it ? essence(it.found) : null)));
    if ((known.size === 1 && !known.has(null)) || Date.now() > untilMs) return reads;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function rowsOf({ status, text }: TargetResponse): Read<number[]> {
  if (status < 200 || status > 299) return { failure: `status ${status}` };
  const rows = rowsIn(text);
  return rows ? { found: rows } : { failure: 'the response is not {"rows": [numbers]}' };
}

function rowsIn(text: string): number[] | null {
  try {
    const { rows } = JSON.parse(text) as { rows?: unknown };
    return Array.isArray(rows) && rows.every((row) => typeof row === 'number') ? rows : null;
  } catch {
    return null;
  }
}

function cartOf({ status, headers, text }: TargetResponse, key: number, { runId }: RunPlan): Read<FinalCart> {
  if (status === 404) return { found: { key, rows: null, clock: {} } };
  if (status !== 200) return { failure: `status ${status}` };
  const clock = parseVectorClock(String(headers[VECTOR_CLOCK_HEADER.toLowerCase()] ?? '') || undefined);
  if (clock === null) return { failure: `the response has no vector clock in ${VECTOR_CLOCK_HEADER}` };
  // Markers of other runs are ignored.
  const rows = text
    .split(`${runId}.`)
    .slice(1)
    .flatMap((rest) => /^\d+/.exec(rest)?.map(Number) ?? []);
  return { found: { key, rows: [...new Set(rows)].toSorted((a, b) => a - b), clock } };
}
