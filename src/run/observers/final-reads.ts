/** After the load: what each region knows by then, asked again until they agree or have had time to. */
import type { FinalCart } from '../../formats/journal.ts';
import type { RunPlan } from '../../formats/plan.ts';
import { clockText, parseVectorClock, VECTOR_CLOCK_HEADER } from '../../formats/vector-clock.ts';
import { type Answer, type Asker, createAsker } from '../ask.ts';
import { afterwards, type Observer, sends } from './observer.ts';
import type { Upstream, Upstreams } from '../upstreams.ts';

/** Regions are asked again until they agree, for so long: what is only late is not lost. */
const QUIET_MS = 15_000;
const AGAIN_MS = 500;
/** What one question may take, ms. */
export const ASK_MS = 5_000;

/** Which writes of the ledger every region knows at the end. */
export const finalReadsObserver: Observer = (run) => {
  const { plan, target, upstreams } = run;
  const { ledger } = target;
  if (ledger === null || !sends(run, 'ledger')) return null;
  return afterwards(async () => {
    await using asker = createAsker(target, plan, ASK_MS);
    return [{ kind: 'final-reads', regions: await finalReads(plan, upstreams, asker, ledger.read) }];
  });
};

/** What a region said, or why that is nothing. */
type Read<T> = { found: T } | { failure: string };

/**
 * Which rows of the ledger each region knows: `path` holds {run} and is asked of every region. A region that does not
 * answer, or not with {"rows": [numbers]}, has null, and what it did instead in `failure`.
 */
export async function finalReads(
  plan: RunPlan,
  upstreams: Upstreams,
  asker: Asker,
  path: string,
  quietMs = QUIET_MS,
): Promise<{ region: string; rows: number[] | null; failure?: string }[]> {
  const read = async (upstream: Upstream): Promise<Read<number[]>> => {
    const asked = await asker.ask(upstream, path, { run: plan.runId });
    return 'failure' in asked ? asked : rowsOf(asked);
  };
  const reads = await ofEveryRegion(plan, upstreams, read, (rows) => rows.length, quietMs);
  return reads.map(({ region, ...it }) => ('found' in it ? { region, rows: it.found } : { region, rows: null, ...it }));
}

/**
 * The carts of each region: `path` holds {key} and is asked of every region for each of the keys. A region that does
 * not answer for one of them has null, and what it did instead in `failure`.
 */
export async function finalCarts(
  plan: RunPlan,
  upstreams: Upstreams,
  asker: Asker,
  path: string,
  keys: number[],
  quietMs = QUIET_MS,
): Promise<{ region: string; carts: FinalCart[] | null; failure?: string }[]> {
  const read = async (upstream: Upstream): Promise<Read<FinalCart[]>> => {
    const carts = await Promise.all(
      keys.map(async (key): Promise<Read<FinalCart>> => {
        const asked = await asker.ask(upstream, path, { key });
        return 'failure' in asked ? asked : cartOf(asked, key, plan);
      }),
    );
    const failed = carts.find((cart) => 'failure' in cart);
    return failed ?? { found: carts.flatMap((cart) => ('found' in cart ? [cart.found] : [])) };
  };
  const essence = (carts: FinalCart[]): string =>
    JSON.stringify(carts.map(({ rows, clock }) => [rows, clockText(clock)]));
  const reads = await ofEveryRegion(plan, upstreams, read, essence, quietMs);
  return reads.map(({ region, ...it }) =>
    'found' in it ? { region, carts: it.found } : { region, carts: null, ...it },
  );
}

/** What `read` finds at the address of each region, once `essence` of it is the same in all or the time is over. */
async function ofEveryRegion<T>(
  plan: RunPlan,
  upstreams: Upstreams,
  read: (upstream: Upstream) => Promise<Read<T>>,
  essence: (found: T) => string | number,
  quietMs: number,
): Promise<({ region: string } & Read<T>)[]> {
  for (const untilMs = Date.now() + quietMs; ;) {
    const reads = await Promise.all(
      upstreams.regions.map(async (upstream, i) => ({ region: plan.regions[i]!.id, ...(await read(upstream)) })),
    );
    const known = new Set(reads.map((it) => ('found' in it ? essence(it.found) : null)));
    if ((known.size === 1 && !known.has(null)) || Date.now() > untilMs) return reads;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

function rowsOf({ status, text }: Answer): Read<number[]> {
  if (status < 200 || status > 299) return { failure: `status ${status}` };
  const rows = rowsIn(text);
  return rows ? { found: rows } : { failure: 'an answer that is not {"rows": [numbers]}' };
}

function rowsIn(text: string): number[] | null {
  try {
    const { rows } = JSON.parse(text) as { rows?: unknown };
    return Array.isArray(rows) && rows.every((row) => typeof row === 'number') ? rows : null;
  } catch {
    return null;
  }
}

function cartOf({ status, headers, text }: Answer, key: number, { runId }: RunPlan): Read<FinalCart> {
  if (status === 404) return { found: { key, rows: null, clock: {} } };
  if (status !== 200) return { failure: `status ${status}` };
  const clock = parseVectorClock(String(headers[VECTOR_CLOCK_HEADER.toLowerCase()] ?? '') || undefined);
  if (clock === null) return { failure: `an answer without a clock in ${VECTOR_CLOCK_HEADER}` };
  // Markers of other runs are no numbers of ours.
  const rows = text
    .split(`${runId}.`)
    .slice(1)
    .flatMap((rest) => /^\d+/.exec(rest)?.map(Number) ?? []);
  return { found: { key, rows: [...new Set(rows)].toSorted((a, b) => a - b), clock } };
}
