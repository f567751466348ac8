/** Recording and journal of a synthetic run, as the player and the harness write them. */
import type { JournalEvent, LaneCalibration } from '../../src/formats/journal.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import {
  JSON_PREFIX,
  NO_REGION,
  packRow,
  type RareEvent,
  type RecordedRow,
  ROW_PREFIX,
  ROW_WORDS,
  SOURCES,
} from '../../src/formats/recording.ts';
import type { TimetableIndex } from '../../src/formats/timetable.ts';
import { BITE_AFTER_MS, GONE_AFTER_MS, type SyntheticOptions } from './options.ts';

/** Lines as the player writes them: up to 64 rows of one client, flushed before a long sleep. */
export function recordingText(
  rows: RecordedRow[],
  index: TimetableIndex,
  foreign: string[],
  rare: RareEvent[],
): string {
  const { firstRow } = index.clients;
  const clientOf = (row: number): number => firstRow.findLastIndex((first) => first <= row);
  const lines: { atMs: number; text: string }[] = [];
  let batch: RecordedRow[] = [];
  let batchClient = -1;
  const flush = (): void => {
    if (batch.length === 0) return;
    const words = new Uint32Array(batch.length * ROW_WORDS);
    for (const [i, r] of batch.entries()) packRow(words, i, r);
    const last = batch.at(-1)!;
    lines.push({
      atMs: last.startMs + last.totalUs / 1000,
      text: ROW_PREFIX + Buffer.from(words.buffer).toString('base64'),
    });
    batch = [];
  };
  for (const r of rows) {
    const client = clientOf(r.row);
    if (client !== batchClient || batch.length === 64) flush();
    batchClient = client;
    batch.push(r);
    if (batch.length === 3) flush();
  }
  flush();
  // Lines of different clients interleave by time, those of one client keep their order (the sort is stable).
  const order = lines.sort((a, b) => a.atMs - b.atMs).map((l) => l.text);
  for (const [i, text] of foreign.entries())
    order.splice(Math.floor(((i + 1) * order.length) / (foreign.length + 1)), 0, text);
  order.push(...rare.map((event) => JSON_PREFIX + JSON.stringify(event)));
  return order.map((line) => `${line}\n`).join('');
}

export function journalText(
  plan: RunPlan,
  rows: RecordedRow[],
  options: SyntheticOptions,
  last: { ms: number; event: JournalEvent }[],
): string {
  const lanes: LaneCalibration[] = [];
  for (const [origin, o] of plan.origins.entries())
    for (const [region, nominalMs] of o.kind === 'city' ? o.rttMs.entries() : [])
      lanes.push({ origin, region, nominalMs, p50Ms: nominalMs + 0.3, p99Ms: nominalMs + 1.5, samples: 20 });
  const counter = (region: number | null): number =>
    rows.filter((r) => r.status !== 0 && (region === null ? edgeServed(r) : r.servedRegion === region)).length;
  const edgeServed = (r: RecordedRow): boolean => r.source === SOURCES.indexOf('edge') && r.servedRegion === NO_REGION;
  const counters = [
    ...plan.regions.map((r, i) => ({ region: r.id, requests: counter(i) })),
    { region: null, requests: counter(null) },
  ];
  const stopMs = options.stopAtMs;
  const endMs = stopMs ?? plan.durationMs;
  const events: { ms: number | null; event: JournalEvent }[] = [
    { ms: null, event: { kind: 'planned', runId: plan.runId, rows: plan.rows } },
    { ms: null, event: { kind: 'world-up', tookMs: 4200, pid: 4711, versions: { postgres: '18.4', redis: '8.0.6' } } },
    { ms: null, event: { kind: 'lanes-calibrated', lanes } },
    { ms: null, event: { kind: 'generator-started', pid: 4712, tool: 'k6 v2.2.0' } },
    { ms: -500, event: { kind: 't0', epochMs: Date.UTC(2025, 0, 1, 0, 0, 10) } },
    { ms: 1000, event: { kind: 'clock', stepMs: 0.2 } },
  ];
  if (stopMs !== undefined)
    events.push({ ms: stopMs, event: { kind: 'stop-requested', why: 'interrupt', message: 'Ctrl-C' } });
  events.push(...faultEvents(plan, endMs));
  const wallSeconds = endMs / 1000;
  events.push(
    {
      ms: endMs,
      event: { kind: 'generator-health', cpuSeconds: wallSeconds * 0.2, wallSeconds, rssBytes: 180e6, cores: 1 },
    },
    {
      ms: endMs + 300,
      event: { kind: 'generator-ended', exitCode: stopMs === undefined ? 0 : 105, signal: null, message: '' },
    },
    ...last,
    { ms: endMs + 400, event: { kind: 'world-counters', counters } },
    { ms: endMs + 500, event: { kind: 'ended', cutShort: stopMs !== undefined } },
  );
  options.changeJournal?.(events);
  const started = Date.UTC(2025, 0, 1, 0, 0, 10);
  return events
    .map(({ ms, event }, seq) =>
      JSON.stringify({ seq, at: new Date(started + (ms ?? -5000)).toISOString(), ms, event }),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Fault events as the harness writes them; without those after an early stop. */
function faultEvents(plan: RunPlan, endMs: number): { ms: number; event: JournalEvent }[] {
  if (!plan.experiment) return [];
  const events: { ms: number; event: JournalEvent }[] = [];
  for (const { number: fault, kind, params, sites, fromMs, toMs } of plan.experiment.faults) {
    if (fromMs >= endMs) continue;
    const reading = (
      outcome: 'refused' | 'answered',
    ): { point: string; outcome: typeof outcome; tookMs: number; value: null }[] =>
      sites.map(({ name }) => ({ point: name, outcome, tookMs: 2, value: null }));
    const undoneMs = Math.min(toMs, endMs);
    events.push(
      { ms: fromMs - 50, event: { kind: 'fault-intent', fault, faultKind: kind, params, undo: [] } },
      { ms: fromMs, event: { kind: 'state', state: 'ACTIVE' } },
      { ms: fromMs + 20, event: { kind: 'fault-started', fault, spreadMs: 20 } },
      {
        ms: fromMs + BITE_AFTER_MS,
        event: {
          kind: 'fault-bites',
          fault,
          bites: true,
          sinceT0Ms: fromMs + BITE_AFTER_MS,
          readings: reading('refused'),
        },
      },
      { ms: undoneMs, event: { kind: 'fault-revert', fault, why: endMs < toMs ? 'interrupt' : 'planned' } },
      {
        ms: undoneMs + GONE_AFTER_MS,
        event: {
          kind: 'fault-gone',
          fault,
          gone: true,
          sinceT0Ms: undoneMs + GONE_AFTER_MS,
          readings: reading('answered'),
        },
      },
    );
  }
  return events.sort((a, b) => a.ms - b.ms);
}
