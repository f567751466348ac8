/** After the load: what each region knows by then, asked again until they agree or have had time to. */
import type { FinalCart } from '../formats/journal.ts';
import type { RunPlan } from '../formats/plan.ts';
import { clockText, parseVectorClock, VECTOR_CLOCK_HEADER } from '../formats/vector-clock.ts';
import type { Upstreams } from './endpoints.ts';

/** Regions are asked again until they agree, for so long: what is only late is not lost. */
const QUIET_MS = 15_000;
const AGAIN_MS = 500;
const ASK_MS = 5_000;

/**
 * Which rows of the ledger each region knows: `path` holds {run} and is asked of every region. A region that does not
 * answer, or not with {"rows": [numbers]}, has null.
 */
export async function finalReads(
  plan: RunPlan,
  upstreams: Upstreams,
  path: string,
): Promise<{ region: string; rows: number[] | null }[]> {
  const asked = path.replace('{run}', encodeURIComponent(plan.runId));
  const read = (url: string): Promise<number[] | null> => rowsAt(`${url}${asked}`);
  const reads = await ofEveryRegion(plan, upstreams, read, (rows) => rows.length);
  return reads.map(({ region, found }) => ({ region, rows: found }));
}

/**
 * The carts of each region: `path` holds {key} and is asked of every region for each of the keys. A region that does not
 * answer for one of them has null.
 */
export async function finalCarts(
  plan: RunPlan,
  upstreams: Upstreams,
  path: string,
  keys: number[],
): Promise<{ region: string; carts: FinalCart[] | null }[]> {
  const read = async (url: string): Promise<FinalCart[] | null> => {
    const carts = await Promise.all(
      keys.map((key) => cartAt(`${url}${path.replace('{key}', String(key))}`, key, plan)),
    );
    return carts.every((cart) => cart !== null) ? carts : null;
  };
  const reads = await ofEveryRegion(plan, upstreams, read, (carts) =>
    JSON.stringify(carts.map(({ rows, clock }) => [rows, clockText(clock)])),
  );
  return reads.map(({ region, found }) => ({ region, carts: found }));
}

/** What `read` finds at the address of each region, once `essence` of it is the same in all or the time is over. */
async function ofEveryRegion<T>(
  plan: RunPlan,
  upstreams: Upstreams,
  read: (url: string) => Promise<T | null>,
  essence: (found: T) => string | number,
): Promise<{ region: string; found: T | null }[]> {
  for (const untilMs = Date.now() + QUIET_MS; ;) {
    const reads = await Promise.all(
      upstreams.regions.map(async ({ url }, i) => ({ region: plan.regions[i]!.id, found: await read(url) })),
    );
    const known = new Set(reads.map(({ found }) => (found === null ? null : essence(found))));
    if ((known.size === 1 && !known.has(null)) || Date.now() > untilMs) return reads;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

async function rowsAt(url: string): Promise<number[] | null> {
  try {
    const { rows } = (await (await ask(url)).json()) as { rows?: unknown };
    return Array.isArray(rows) && rows.every((row) => typeof row === 'number') ? rows : null;
  } catch {
    return null;
  }
}

async function cartAt(url: string, key: number, { runId }: RunPlan): Promise<FinalCart | null> {
  try {
    const response = await ask(url);
    const text = await response.text();
    if (response.status === 404) return { key, rows: null, clock: {} };
    const clock = parseVectorClock(response.headers.get(VECTOR_CLOCK_HEADER) ?? undefined);
    if (response.status !== 200 || clock === null) return null;
    // Markers of other runs are no numbers of ours.
    const rows = text
      .split(`${runId}.`)
      .slice(1)
      .flatMap((rest) => /^\d+/.exec(rest)?.map(Number) ?? []);
    return { key, rows: [...new Set(rows)].toSorted((a, b) => a - b), clock };
  } catch {
    return null;
  }
}

const ask = (url: string): Promise<Response> =>
  fetch(url, { signal: AbortSignal.timeout(ASK_MS), headers: { 'Cache-Control': 'no-cache' } });
