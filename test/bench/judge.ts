/**
 * Time and memory to judge ten million requests. Writes a run of that size (three regions, sixteen cities, every role,
 * one request in fifty slow), seals it, and judges it in a new process. Can run alone: `node --import tsx
 * test/bench/judge.ts [rows]`.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { execa } from 'execa';
import { judgeRun } from '../../reports/judge/index.ts';
import { sealRun } from '../../reports/seal.ts';
import type { JournalLine } from '../../src/formats/journal.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import { emptyRow, packRow, ROW_PREFIX, ROW_STATE, ROW_WORDS, SOURCES } from '../../src/formats/recording.ts';
import { CLIENT_ROLES, TIMETABLE_ROW_WORDS, type TimetableIndex } from '../../src/formats/timetable.ts';
import { seeded } from '../synthetic/options.ts';
import { writeSyntheticRun } from '../synthetic/run.ts';

const ROWS = 10_000_000;
const ROWS_PER_CLIENT = 500;
const ROWS_PER_LINE = 64;
/** Mean time between two requests of one client, ms. */
const GAP_MS = 2000;
const MAX_SECONDS = 30;
const MAX_MEGABYTES = 600;

interface Measured {
  seconds: number;
  megabytes: number;
  verdict: string;
  why: string;
  recorded: number;
}

/** Rows of the table: figure, measured, required. */
export async function judgeBench(rows: number = ROWS): Promise<string[][]> {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-judge-bench-'));
  try {
    await writeLargeRun(dir, rows);
    const { stdout } = await execa('node', ['--import', 'tsx', import.meta.filename, '--judge', dir]);
    const measured = JSON.parse(stdout) as Measured;
    if (measured.verdict === 'INVALID' || measured.recorded !== rows)
      throw new Error(`the benchmark's run is ${measured.verdict} with ${measured.recorded} rows: ${measured.why}`);
    const millions = `${rows / 1e6} M requests judged`;
    return [
      [`${millions}, seal checked`, `${measured.seconds.toFixed(1)} s`, `<= ${MAX_SECONDS} s`],
      [`${millions}: peak memory of the process`, `${Math.round(measured.megabytes)} MB`, `<= ${MAX_MEGABYTES} MB`],
    ];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function judgeAlone(dir: string): Promise<Measured> {
  const started = performance.now();
  const { verdict, why, conservation } = await judgeRun(dir, { judgedAt: new Date().toISOString() });
  return {
    seconds: (performance.now() - started) / 1000,
    // Kilobytes on Linux (getrusage).
    megabytes: process.resourceUsage().maxRSS / 1024,
    verdict,
    why,
    recorded: conservation.recorded,
  };
}

/** Plan and journal come from the small synthetic run; timetable and recording are written directly as bytes. */
async function writeLargeRun(dir: string, rows: number): Promise<void> {
  const { plan } = await writeSyntheticRun(dir, { judgedMs: 10_000, seal: false });
  const random = seeded(7);
  const clients = rows / ROWS_PER_CLIENT;
  const { index, words } = timetable(plan, clients, random);
  const lastDueMs = GAP_MS * ROWS_PER_CLIENT;
  plan.durationMs = lastDueMs + GAP_MS;
  plan.phases[1]!.toMs = plan.durationMs;
  plan.rows = rows;
  plan.streams = plan.origins.map((_, origin) => ({
    role: 'mix',
    origin,
    phase: 1,
    requests: plan.operations.map(() => 0),
  }));
  for (let row = 0; row < rows; row++) {
    const client = Math.floor(row / ROWS_PER_CLIENT);
    if (index.clients.role[client] !== 0) continue;
    const operation = words[row * TIMETABLE_ROW_WORDS + 1]! & 0xffff;
    plan.streams[index.clients.origin[client]!]!.requests[operation]!++;
  }
  await writeFile(join(dir, 'plan.json'), JSON.stringify(plan));
  await writeFile(join(dir, 'timetable.json'), JSON.stringify(index));
  await writeFile(join(dir, 'timetable.bin'), new Uint8Array(words.buffer));
  const answered = await record(join(dir, 'recording.log'), plan, index, words, random);
  const journal = (await readFile(join(dir, 'journal.jsonl'), 'utf8')).trimEnd().split('\n');
  const lines = journal.map((text) => {
    const line = JSON.parse(text) as JournalLine;
    if (line.event.kind === 'world-counters')
      line.event.counters = [...plan.regions.map((r) => r.id), null].map((region, i) => ({
        region,
        requests: answered[i]!,
      }));
    return `${JSON.stringify(line)}\n`;
  });
  await writeFile(join(dir, 'journal.jsonl'), lines.join(''));
  await sealRun(dir);
}

function timetable(
  plan: RunPlan,
  clients: number,
  random: () => number,
): { index: TimetableIndex; words: Uint32Array } {
  const words = new Uint32Array(clients * ROWS_PER_CLIENT * TIMETABLE_ROW_WORDS);
  const index: TimetableIndex = {
    version: 1,
    totalRows: clients * ROWS_PER_CLIENT,
    clients: { firstRow: [], rows: [], origin: [], cohort: [], role: [] },
  };
  const names = plan.operations.map((operation) => operation.name);
  const mix = ['list', 'get', 'get', 'update', 'asset', 'list', 'login', 'get'].map((name) => names.indexOf(name));
  const cities = plan.origins.filter((origin) => origin.kind === 'city').length;
  for (let client = 0; client < clients; client++) {
    const origin = client % plan.origins.length;
    const role =
      origin < cities ? 'mix' : origin === plan.origins.length - 1 ? 'control' : client % 2 ? 'probe' : 'tracer';
    index.clients.firstRow.push(client * ROWS_PER_CLIENT);
    index.clients.rows.push(ROWS_PER_CLIENT);
    index.clients.origin.push(origin);
    index.clients.cohort.push(client % 4);
    index.clients.role.push(CLIENT_ROLES.indexOf(role));
    for (let i = 0; i < ROWS_PER_CLIENT; i++) {
      const dueMs = Math.floor(GAP_MS * (i + random() * 0.5));
      const operation =
        role === 'control'
          ? names.indexOf('echo')
          : role === 'tracer'
            ? names.indexOf(plan.regions[plan.origins[origin]!.homeRegion]!.replica ? 'tracer-read' : 'tracer-write')
            : mix[Math.floor(random() * mix.length)]!;
      const key = role === 'tracer' ? 0 : Math.floor(random() * 100_000);
      words.set([dueMs, operation, key, 0], (client * ROWS_PER_CLIENT + i) * TIMETABLE_ROW_WORDS);
    }
  }
  return { index, words };
}

/**
 * Writes the recording like the player, lines of all clients interleaved; returns the number of responses by region,
 * and of the edge.
 */
async function record(
  path: string,
  plan: RunPlan,
  index: TimetableIndex,
  words: Uint32Array,
  random: () => number,
): Promise<number[]> {
  const out = createWriteStream(path);
  const line = new Uint32Array(ROWS_PER_LINE * ROW_WORDS);
  const answered = [...plan.regions.map(() => 0), 0];
  const r = emptyRow();
  const [replica, primary, edgeSource] = ['replica', 'primary', 'edge'].map((s) => SOURCES.indexOf(s as 'replica'));
  for (let from = 0; from < ROWS_PER_CLIENT; from += ROWS_PER_LINE) {
    const to = Math.min(ROWS_PER_CLIENT, from + ROWS_PER_LINE);
    for (const [client, first] of index.clients.firstRow.entries()) {
      const origin = plan.origins[index.clients.origin[client]!]!;
      const control = origin.kind === 'control';
      for (let i = from; i < to; i++) {
        const row = first + i;
        const operation = plan.operations[words[row * TIMETABLE_ROW_WORDS + 1]! & 0xffff]!;
        const edge = operation.via === 'edge';
        const region = control || edge ? 255 : origin.homeRegion;
        r.row = row;
        r.startMs = words[row * TIMETABLE_ROW_WORDS]!;
        r.totalUs = control ? 300 : 20_000 + Math.floor(random() * (random() < 0.02 ? 400_000 : 60_000));
        r.blockedUs = 100;
        r.waitingUs = r.totalUs - 200;
        r.serverUs = 5000;
        r.status = operation.expect[0]!;
        r.state = i === 0 ? ROW_STATE.newConnection : 0;
        r.requestedRegion = region;
        r.servedRegion = region;
        r.source = edge
          ? edgeSource!
          : operation.class === 'read' && plan.regions[region]?.replica
            ? replica!
            : primary!;
        // The version grows with time in every region: no replica is ever stale.
        r.recordVersion = operation.path === '/products/{key}' ? 1 + r.startMs : 0;
        r.bytes = 512;
        packRow(line, i - from, r);
        if (!control) answered[edge ? plan.regions.length : region]!++;
      }
      const text = Buffer.from(line.buffer, 0, (to - from) * ROW_WORDS * 4).toString('base64');
      if (!out.write(`${ROW_PREFIX}${text}\n`)) await once(out, 'drain');
    }
  }
  out.end();
  await once(out, 'close');
  return answered;
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv[2] === '--judge') console.log(JSON.stringify(await judgeAlone(process.argv[3]!)));
  else for (const row of await judgeBench(Number(process.argv[2] ?? ROWS))) console.log(row.join(' | '));
}
