import { afterAll, beforeAll, expect, test } from 'vitest';
import { ERRORS, ROW_STATE, type RecordedRow } from '../src/formats/recording.ts';
import type { RunPlan } from '../src/formats/plan.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownSystem, recordingOf, REGIONS, type OwnSystem } from './own-system.ts';

// A target that hangs is a FAIL: requests that clients could not send because of it are recorded as bad, and none is
// missing.

let system: OwnSystem;

beforeAll(async () => {
  system = await ownSystem();
});

afterAll(() => system[Symbol.asyncDispose]());

const TIMEOUT_MS = 2_000;
const SECONDS = 9;

/** The behaviour of a server: which requests get a response, and after how long. */
const KINDS: [what: string, answersAfterMs: (nth: number, sinceFirstMs: number) => number | null][] = [
  ['all hang', () => null],
  ['from the middle on', (_, ms) => (ms < (SECONDS * 1000) / 2 ? 0 : null)],
  ['slow', () => 1_200],
  ['1 in 5', (nth) => (nth % 5 === 0 ? null : 0)],
  ['1 in 20', (nth) => (nth % 20 === 0 ? null : 0)],
];

/** Cities whose home is the region of the same place. */
const CITIES = ['new-york', 'columbus', 'san-francisco', 'seattle', 'montreal'];

test('a target that hangs, temporarily or permanently, FAILs with every planned request in the recording', async () => {
  /** By run, since a run may be repeated: requests so far, time of the first, number of responses. */
  const seen = KINDS.map(() => new Map<string, { nth: number; firstMs: number; answered: number }>());
  const ports: number[] = [];
  for (const [region, [, answersAfterMs]] of KINDS.entries()) {
    const port = await system.serve((request, response) => {
      const run = String(request.headers['x-antipode-run']);
      const mine = seen[region]!.get(run) ?? { nth: 0, firstMs: Date.now(), answered: 0 };
      seen[region]!.set(run, mine);
      const afterMs = answersAfterMs((mine.nth += 1), Date.now() - mine.firstMs);
      if (afterMs === null) return;
      setTimeout(() => {
        if (response.destroyed) return;
        mine.answered += 1;
        response.end('{}');
      }, afterMs);
    });
    ports.push(port);
  }
  const { exitCode, result, text, runDir } = await system.run({
    port: ports,
    target: {
      maxRatePerSecond: 1000,
      operations: [{ name: 'get', path: '/items/{key}', timeoutMs: TIMEOUT_MS }],
      claims: [
        { id: 'availability', kind: 'availability', classes: ['read'], maxBadShare: 0.01 },
        { id: 'fast', kind: 'latency', classes: ['read'], vantage: 'any', maxBadShare: 0.01, limitMs: 500 },
      ],
    },
    profile: {
      arrivals: { ratePerSecond: 60 },
      origins: Object.fromEntries(CITIES.map((city) => [city, 1 / CITIES.length])),
    },
    flags: ['--duration', String(SECONDS), '--no-smoke'],
  });
  expect(text).toMatch(/timeouts can extend the run by up to 4 s/);
  expect([exitCode, result?.verdict], text).toEqual([1, 'FAIL']);
  expect(result!.validity.filter(({ ok }) => !ok)).toEqual([]);
  expect(result!.conservation).toMatchObject({ missing: 0, duplicates: 0, interrupted: 0, notYetDue: 0 });

  const { rows } = await recordingOf(runDir!);
  const plan = JSON.parse(await readFile(join(runDir!, 'plan.json'), 'utf8')) as RunPlan;
  const timetable = await readFile(join(runDir!, 'timetable.bin'));
  const { clients } = JSON.parse(await readFile(join(runDir!, 'timetable.json'), 'utf8')) as {
    clients: { firstRow: number[]; origin: number[] };
  };
  const homeOf = ({ row }: RecordedRow): number => {
    const client = clients.firstRow.findLastIndex((first) => first <= row);
    return plan.origins[clients.origin[client]!]!.homeRegion;
  };
  const { fromMs } = plan.phases.find(({ judged }) => judged)!;
  for (const [region, [what]] of KINDS.entries()) {
    const mine = rows.filter((row) => homeOf(row) === region);
    const bad = mine.filter(({ state }) => state & ROW_STATE.bad);
    // Exact: requests with a response are good, all other planned ones are bad.
    expect(mine.length - bad.length, what).toBe(seen[region]!.get(result!.runId)!.answered);
    const dueMs = ({ row }: RecordedRow): number => timetable.readUInt32LE(row * 16);
    // First attempts only: a retry is not independent evidence.
    const judged = mine.filter((row) => row.attempt === 0 && dueMs(row) >= fromMs);
    const judgedBad = judged.filter(({ state }) => state & ROW_STATE.bad);
    const cell = result!.cells.find(({ claim, subject }) => claim === 'availability' && subject === REGIONS[region])!;
    expect([cell.total, cell.bad], what).toEqual([judged.length, judgedBad.length]);
    expect(cell.status, what).toBe('FAIL');
    expect(result!.cells.find(({ claim, subject }) => claim === 'fast' && subject === REGIONS[region])!.status).toBe(
      'FAIL',
    );
    const unsent = judged.filter(({ error }) => ERRORS[error] === 'not-sent');
    // A request that was never sent waited from its due time to the end.
    for (const row of unsent) expect(row.startMs).toBeGreaterThanOrEqual(dueMs(row));
    if (what === 'all hang') {
      expect(unsent.length).toBeGreaterThan(0);
      expect(cell.bad).toBe(cell.total);
      expect(cell.why).toMatch(
        / 0 of \d+ requests sent got a response; \d+ more were queued behind them and not sent before the run ended/,
      );
      expect(cell.why).toContain('ended with timeout');
    }
  }
});

test('the rate limit of the target always holds: retries beyond it are held back', async () => {
  const arrivedMs: number[] = [];
  const port = await system.serve((_, response) => {
    arrivedMs.push(performance.now());
    response.statusCode = 503;
    response.end();
  });
  const retries = { max: 5, backoffMs: 50 };
  const { exitCode, result, text, runDir } = await system.run({
    port,
    target: { maxRatePerSecond: 40 },
    profile: { retries: { fresh: retries, ttl: retries, sticky: retries, direct: retries } },
    flags: ['--no-smoke'],
  });
  expect([exitCode, result?.verdict], text).toEqual([1, 'FAIL']);
  let most = 0;
  for (const [i, ms] of arrivedMs.entries()) {
    const last = arrivedMs.findLastIndex((other) => other < ms + 1000);
    most = Math.max(most, last - i + 1);
  }
  // A little more than 40: the lanes' jitter makes evenly spaced requests arrive unevenly.
  expect(most).toBeGreaterThan(30);
  expect(most).toBeLessThanOrEqual(42);
  const { rows } = await recordingOf(runDir!);
  expect(rows.length).toBe(arrivedMs.length);
  expect(rows.some(({ state }) => state & ROW_STATE.heldBack)).toBe(true);
  expect(result!.notes.join()).toMatch(/delayed or dropped to stay within the target's 40 requests a second/);
  // Attempts of one request are not independent evidence.
  const cell = result!.cells.find(({ claim }) => claim === 'availability')!;
  expect(rows.some(({ attempt }) => attempt > 0)).toBe(true);
  expect(cell.total).toBeLessThanOrEqual(rows.filter(({ attempt }) => attempt === 0).length);
});

test('delays by the rate limit do not count against the target: a good target that redirects every request passes', async () => {
  const port = await system.serve((request, response) => {
    if (request.url!.startsWith('/items')) response.writeHead(302, { location: '/there' });
    response.end('{}');
  });
  const { exitCode, result, text, runDir } = await system.run({
    port,
    target: {
      maxRatePerSecond: 45,
      claims: [
        { id: 'availability', kind: 'availability', classes: ['read'], maxBadShare: 0.05 },
        { id: 'fast', kind: 'latency', classes: ['read'], vantage: 'any', maxBadShare: 0.1, limitMs: 400 },
      ],
    },
    flags: ['--no-smoke'],
  });
  const { rows } = await recordingOf(runDir!);
  expect(rows.filter(({ state }) => state & ROW_STATE.heldBack).length).toBeGreaterThan(20);
  expect([exitCode, result?.verdict], text).toEqual([0, 'PASS']);
});
