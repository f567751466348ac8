import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlanOperation, RunPlan } from '../src/formats/plan.ts';
import type { PlayerClient, PlayerConfig } from '../src/formats/player.ts';
import { ROW_BYTES, ROW_PREFIX, emptyRow, unpackRow } from '../src/formats/recording.ts';
import type { RecordedRow } from '../src/formats/recording.ts';
import { NO_RETRIES, TIMETABLE_ROW_WORDS } from '../src/formats/timetable.ts';
import { startHarnessServer } from '../src/run/harness-server.ts';
import { startK6 } from '../src/run/k6.ts';
import type { GeneratorEnd } from '../src/run/k6.ts';
import { resolveTools } from '../src/tools/index.ts';

/** One request of a hand-made timetable. */
export interface DueRequest {
  dueMs: number;
  operation: number;
  key?: number;
}

export interface Played {
  rows: RecordedRow[];
  /** Other lines of the recording. */
  otherLines: string[];
  end: GeneratorEnd;
  t0: number;
}

/** A plain GET operation with these changes. */
export const operation = (change: Partial<PlanOperation> = {}): PlanOperation => ({
  name: 'get',
  class: 'read',
  kind: 'request',
  method: 'GET',
  path: '/fast',
  body: null,
  headers: {},
  expect: [200],
  timeoutMs: 5_000,
  steps: [],
  via: 'region',
  redirects: 'follow',
  answer: null,
  isOfTenant: false,
  ...change,
});

/**
 * Plays a hand-made timetable with the real k6 against `urls` (one region each), without plan, lanes or world. Calls
 * `during` with k6's pid once T0 is chosen.
 */
export async function play(options: {
  urls: string[];
  operations: PlanOperation[];
  /** Requests of each client, in order of due time. */
  clients: DueRequest[][];
  cohort?: number;
  endMs?: number;
  config?: Partial<PlayerConfig>;
  /** Outputs of k6's own metrics, as `--out` takes them. */
  out?: string[];
  environment?: Record<string, string>;
  /** Values to remove from the output of k6. */
  secrets?: string[];
  resolve?: (origin: number) => Promise<{ region: number; ttlSeconds: number }>;
  during?: (k6: { pid: number; stop(): Promise<void> }) => void;
}): Promise<Played> {
  const { k6 } = await resolveTools(['k6']);
  const dir = await mkdtemp(join(tmpdir(), 'antipode-play-'));
  const total = options.clients.reduce((sum, rows) => sum + rows.length, 0);
  const words = new Uint32Array(total * TIMETABLE_ROW_WORDS);
  const table: PlayerClient[] = [];
  let row = 0;
  for (const requests of options.clients) {
    table.push({ firstRow: row, rows: requests.length, origin: 0, cohort: options.cohort ?? 1 });
    for (const { dueMs, operation: index, key } of requests) {
      words.set([dueMs, index, key ?? row, 0], row * TIMETABLE_ROW_WORDS);
      row += 1;
    }
  }
  await writeFile(join(dir, 'timetable.bin'), words);
  let t0 = 0;
  // The part of a plan that the harness server reads.
  const plan = { origins: [{}] } as unknown as RunPlan;
  const started: ((t: number) => void)[] = [];
  const harness = await startHarnessServer({
    plan,
    names: { resolve: options.resolve ?? (() => Promise.resolve({ region: 0, ttlSeconds: 60 })) },
    chooseT0: () => {
      t0 = Date.now() + 500;
      for (const tell of started) tell(t0);
      return t0;
    },
  });
  try {
    const endpoints = options.urls.map((url) => ({ url, host: '' }));
    const generator = await startK6({
      k6,
      runDir: dir,
      workDir: dir,
      clients: table,
      player: { maxDurationSeconds: 120, endMs: options.endMs ?? 100_000, hosts: {}, permits: false },
      environment: options.environment ?? {},
      secrets: options.secrets ?? [],
      out: options.out ?? [],
      config: {
        runId: 'play',
        tracePrefix: '0123456789abcdef',
        userAgent: 'Antipode',
        timetable: join(dir, 'timetable.bin'),
        harnessUrl: harness.url,
        origins: [{ regions: endpoints, edge: endpoints[0]!, ownRegion: 0, vantage: 'client' }],
        regions: options.urls.map((_, i) => `region-${i}`),
        tenants: ['tenant-0'],
        retries: { fresh: NO_RETRIES, ttl: NO_RETRIES, sticky: NO_RETRIES, direct: NO_RETRIES },
        operations: options.operations,
        smoke: [],
        smokeGapMs: 0,
        headers: {},
        observe: {
          region: 'X-Served-Region',
          source: 'X-Data-Source',
          version: 'X-Api-Version',
          recordVersion: 'X-Record-Version',
          serverTiming: 'Server-Timing',
        },
        ...options.config,
      },
    });
    started.push(() => options.during?.(generator));
    const end = await generator.ended;
    const { rows, otherLines } = readRecording(await readFile(join(dir, 'recording.log'), 'utf8'));
    return { rows, otherLines, end, t0 };
  } finally {
    await harness.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Every row of a recording as an object; for small recordings. */
export function readRecording(text: string): { rows: RecordedRow[]; otherLines: string[] } {
  const rows: RecordedRow[] = [];
  const otherLines: string[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith(ROW_PREFIX)) {
      if (line) otherLines.push(line);
      continue;
    }
    const bytes = Buffer.from(line.slice(ROW_PREFIX.length), 'base64');
    const words = new Uint32Array(new Uint8Array(bytes).buffer);
    for (let i = 0; i < bytes.length / ROW_BYTES; i += 1) rows.push(unpackRow(words, i, emptyRow()));
  }
  return { rows, otherLines };
}
