/**
 * Whether load continues when a region hangs: of the requests due during a black hole, the share that was sent when
 * due; and whether the waiting requests come as a burst after the heal.
 */
import { ROW_STATE } from '../../src/formats/recording.ts';
import { CLIENT_ROLES, TIMETABLE_ROW_WORDS } from '../../src/formats/timetable.ts';
import { chaosRun, type FinishedRun } from './finished-run.ts';

/** Tolerance around the due time. */
const IN_TIME_MS = 20;
const WINDOW_MS = 1_000;
const STEP_MS = 100;
/** A burst would come right after the heal. */
const AFTER_MS = 10_000;

/** Rows of [figure, measured, required]. */
export async function blackholeBench(): Promise<string[][]> {
  const run = await chaosRun(['test/experiments/short-blackhole.yaml', '--rate', '150']);
  const { t0Ms, t1Ms } = run.result.figures.failover.faults[0]!;
  if (t0Ms === null || t1Ms === null) throw new Error(`the fault had no t0 or t1: ${run.result.why}`);
  const lost = run.files.plan.experiment!.regions;
  const all = sentWhenDue(run, t0Ms, t1Ms, () => true);
  const hurt = sentWhenDue(run, t0Ms, t1Ms, (origin) => lost.includes(run.files.plan.origins[origin]!.homeRegion));
  const burst = largestRate(run, t1Ms);
  const percent = ({ sent, due }: { sent: number; due: number }): string =>
    `${((100 * sent) / due).toFixed(2)} % of ${due.toLocaleString('en')}`;
  return [
    [
      `sent within ${IN_TIME_MS} ms of when due in a blackhole of ${((t1Ms - t0Ms) / 1000).toFixed(0)} s`,
      percent(all),
      '>= 99 %',
    ],
    ['… by clients at home there', percent(hurt), '>= 99 %'],
    ['… of them, client still waiting for an earlier one', hurt.blocked || 'none', ''],
    ['largest rate over a second after the heal, over the planned one', burst.toFixed(2), 'no burst'],
  ];
}

/**
 * Requests due in [fromMs, toMs) from the affected origins, and how many were sent in time; a request never sent was
 * not in time.
 */
function sentWhenDue(
  { files: { timetable, index }, rows }: FinishedRun,
  fromMs: number,
  toMs: number,
  counts: (origin: number) => boolean,
): { due: number; sent: number; blocked: string } {
  let due = 0;
  const { firstRow, rows: length, origin } = index.clients;
  for (const [client, first] of firstRow.entries()) {
    if (!counts(origin[client]!)) continue;
    for (let row = first; row < first + length[client]!; row += 1) {
      const dueMs = timetable[row * TIMETABLE_ROW_WORDS]!;
      if (dueMs >= fromMs && dueMs < toMs) due += 1;
    }
  }
  const played = rows.filter(
    (row) => row.step === 0 && row.attempt === 0 && row.dueMs >= fromMs && row.dueMs < toMs && counts(row.origin),
  );
  const blocked = played.filter(({ state }) => (state & ROW_STATE.clientBlocked) !== 0);
  return {
    due,
    sent: played.filter(({ startMs, dueMs }) => startMs - dueMs <= IN_TIME_MS).length,
    blocked: CLIENT_ROLES.map((role) => ({ role, count: blocked.filter((row) => row.role === role).length }))
      .filter(({ count }) => count > 0)
      .map(({ role, count }) => `${count} of role ${role}`)
      .join(', '),
  };
}

/** The largest ratio of requests sent to requests due in any second that starts within AFTER_MS of the heal. */
function largestRate({ rows }: FinishedRun, healMs: number): number {
  const firsts = rows.filter(({ step, attempt }) => step === 0 && attempt === 0);
  let most = 0;
  for (let fromMs = healMs; fromMs < healMs + AFTER_MS; fromMs += STEP_MS) {
    const within = (ms: number): boolean => ms >= fromMs && ms < fromMs + WINDOW_MS;
    const sent = firsts.filter(({ startMs }) => within(startMs)).length;
    const due = firsts.filter(({ dueMs }) => within(dueMs)).length;
    if (due > 0) most = Math.max(most, sent / due);
  }
  return most;
}
