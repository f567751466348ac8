/** Keeps a timetable within the limit of its target in every second, where chance would put more into one. */
import type { RunPlan } from '../formats/plan.ts';
import { TIMETABLE_ROW_WORDS } from '../formats/timetable.ts';
import { controlOperation, requestsOf } from './operations.ts';
import { rateWindow } from './rate-window.ts';

/**
 * What a timetable uses of every second, where that is enough: the rest is for late requests, retries and redirects.
 */
const USED_PART = 0.9;

/** Requests that a window may hold: nine tenths of the limit, or all of it where a phase has more to send. */
function roomOf({ phases, streams, operations }: RunPlan, most: number, windowMs: number): number {
  const used = Math.floor(USED_PART * most);
  const isEnough = phases.every(({ fromMs, toMs }, phase) => {
    const requests = streams
      .filter((stream) => stream.phase === phase && stream.role !== 'control')
      .reduce(
        (sum, stream) => sum + stream.requests.reduce((n, rows, o) => n + rows * requestsOf(operations, o).length, 0),
        0,
      );
    return requests <= (used * (toMs - fromMs)) / windowMs;
  });
  return isEnough ? used : most;
}

/**
 * Moves due times in `words` (timetable.bin) by as little as it takes: requests of a full second wait for the next one
 * with room, and those that would thus leave their phase go before instead. Their order, and so that of each client's
 * rows, stays. A journey counts with all its steps; the control series, which asks the harness, not at all.
 */
export function spread(words: Uint32Array, plan: RunPlan): void {
  const { maxRatePerSecond } = plan.target;
  if (maxRatePerSecond === null) return;
  const weights = plan.operations.map((_, o) => requestsOf(plan.operations, o).length);
  weights[controlOperation(plan.operations)] = 0;
  const { windowMs, most } = rateWindow(maxRatePerSecond);
  const room = Math.max(roomOf(plan, most, windowMs), ...weights);
  const dueOf = (row: number): number => words[row * TIMETABLE_ROW_WORDS]!;
  const weightOf = (row: number): number => weights[words[row * TIMETABLE_ROW_WORDS + 1]! & 0xffff]!;
  const rows = Uint32Array.from({ length: words.length / TIMETABLE_ROW_WORDS }, (_, row) => row)
    .filter((row) => weightOf(row) > 0)
    .sort((a, b) => dueOf(a) - dueOf(b) || a - b);

  // A slot per request; slot i must come at least a window after slot i - room.
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
