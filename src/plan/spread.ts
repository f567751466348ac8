/** Keeps a timetable within the target's rate limit in every second, also where random arrivals cluster. */
import type { RunPlan } from '../formats/plan.ts';
import { TIMETABLE_ROW_WORDS } from '../formats/timetable.ts';
import { controlOperation, requestsOf } from './operations.ts';
import { rateWindow } from './rate-window.ts';

/** Share of the limit that a timetable uses if that is enough; the rest is for late requests, retries and redirects. */
const USED_SHARE = 0.9;

/** Requests per window: nine tenths of the limit, or all of it where a phase has more to send. */
function roomOf({ phases, streams, operations }: RunPlan, maxRequests: number, windowMs: number): number {
  const used = Math.floor(USED_SHARE * maxRequests);
  const isEnough = phases.every(({ fromMs, toMs }, phase) => {
    const requests = streams
      .filter((stream) => stream.phase === phase && stream.role !== 'control')
      .reduce(
        (sum, stream) => sum + stream.requests.reduce((n, rows, o) => n + rows * requestsOf(operations, o).length, 0),
        0,
      );
    return requests <= (used * (toMs - fromMs)) / windowMs;
  });
  return isEnough ? used : maxRequests;
}

/**
 * Moves due times in `words` (timetable.bin) as little as possible: requests beyond the limit move to a later second,
 * or to an earlier one where they would leave their phase. Their order stays, and so that of each client's rows. A
 * journey counts with all its steps, the control series not at all, because it does not reach the target.
 */
export function spread(words: Uint32Array, plan: RunPlan): void {
  const { maxRatePerSecond } = plan.target;
  if (maxRatePerSecond === null) return;
  const weights = plan.operations.map((_, o) => requestsOf(plan.operations, o).length);
  weights[controlOperation(plan.operations)] = 0;
  const { windowMs, maxRequests } = rateWindow(maxRatePerSecond);
  const room = Math.max(roomOf(plan, maxRequests, windowMs), ...weights);
  const dueOf = (row: number): number => words[row * TIMETABLE_ROW_WORDS]!;
  const weightOf = (row: number): number => weights[words[row * TIMETABLE_ROW_WORDS + 1]! & 0xffff]!;
  const rows = Uint32Array.from({ length: words.length / TIMETABLE_ROW_WORDS }, (_, row) => row)
    .filter((row) => weightOf(row) > 0)
    .sort((a, b) => dueOf(a) - dueOf(b) || a - b);

  // A slot per request; slot i must be at least a window after slot i - room.
  const slots = new Float64Array(rows.reduce((sum, row) => sum + weightOf(row), 0));
  let slot = 0;
  for (const row of rows) {
    const weight = weightOf(row);
    const last = slot + weight - 1;
    const dueMs = last < room ? dueOf(row) : Math.max(dueOf(row), slots[last - room]! + windowMs);
    slots.fill(dueMs, slot, slot + weight);
    slot += weight;
  }
  let phase = plan.phases.length - 1;
  for (let i = rows.length - 1; i >= 0; i -= 1) {
    const row = rows[i]!;
    while (phase > 0 && dueOf(row) < plan.phases[phase]!.fromMs) phase -= 1;
    const { fromMs, toMs } = plan.phases[phase]!;
    const weight = weightOf(row);
    slot -= weight;
    const before = slot + room < slots.length ? slots[slot + room]! - windowMs : Infinity;
    const dueMs = Math.max(fromMs, Math.min(slots[slot]!, before, toMs - 1));
    slots.fill(dueMs, slot, slot + weight);
    words[row * TIMETABLE_ROW_WORDS] = dueMs;
  }
}
