import type { RunPlan } from '../formats/plan.ts';
import type { Upstreams } from './endpoints.ts';

/** Regions are asked again until they agree, for so long: what is only late is not lost. */
const QUIET_MS = 15_000;
const AGAIN_MS = 500;
const ASK_MS = 5_000;

export type FinalReads = { region: string; rows: number[] | null }[];

/**
 * Which rows of the ledger each region knows, once they agree or have had time to: `path` holds {run} and is asked of every
 * region. A region that does not answer, or not with {"rows": [numbers]}, has null.
 */
export async function finalReads(plan: RunPlan, upstreams: Upstreams, path: string): Promise<FinalReads> {
  const asked = path.replace('{run}', encodeURIComponent(plan.runId));
  for (const untilMs = Date.now() + QUIET_MS; ;) {
    const reads = await Promise.all(
      upstreams.regions.map(async ({ url }, i) => ({
        region: plan.regions[i]!.id,
        rows: await rowsAt(`${url}${asked}`),
      })),
    );
    const agree = reads.every(({ rows }) => rows !== null && rows.length === reads[0]!.rows!.length);
    if (agree || Date.now() > untilMs) return reads;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

async function rowsAt(url: string): Promise<number[] | null> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(ASK_MS),
      headers: { 'Cache-Control': 'no-cache' },
    });
    const { rows } = (await response.json()) as { rows?: unknown };
    return Array.isArray(rows) && rows.every((row) => typeof row === 'number') ? rows : null;
  } catch {
    return null;
  }
}
