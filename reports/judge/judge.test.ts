import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SOURCES, ROW_STATE } from '../../src/formats/recording.ts';
import type { RunResult } from '../run-result.ts';
import { cellOf, shareOf, checkOf, FAILED, judge, JUDGED_AT, REFUSED, SHORT } from '../../test/judge-synthetic.ts';
import { writeSyntheticRun } from '../../test/synthetic/run.ts';
import { judgeRun } from './index.ts';

const gatingFails = (result: RunResult): string[] =>
  result.cells.filter((c) => c.gating && c.status === 'FAIL').map((c) => `${c.claim} ${c.subject}`);

test('A healthy run passes every gating cell, exits 0 and has nothing to do next', async () => {
  const result = await judge();
  expect(result).toMatchObject({ verdict: 'PASS', exitCode: 0, next: '', cutShort: false });
  expect(result.validity.every((v) => v.ok)).toBe(true);
  expect(result.worst.every((w) => w.claim === 'client-p99')).toBe(true);
});

test('The same files give the same result, byte for byte', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-judge-'));
  try {
    await writeSyntheticRun(dir, SHORT);
    const [a, b] = [await judgeRun(dir, { judgedAt: JUDGED_AT }), await judgeRun(dir, { judgedAt: JUDGED_AT })];
    expect(JSON.stringify(a)).toBe(JSON.stringify(b));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('A tail of 3 % in one region fails read p99 there and nowhere else, with its ten worst requests', async () => {
  let reads = 0;
  const result = await judge({
    plant: ({ operation, home, role }, drawn) =>
      role === 'probe' && operation.class === 'read' && home === 1 && ++reads % 33 === 0
        ? { totalUs: drawn.totalUs + 200_000 }
        : undefined,
  });
  expect(result).toMatchObject({ verdict: 'FAIL', exitCode: 1 });
  expect(gatingFails(result)).toEqual(['read-p99 eu-west-1']);
  expect(result.why).toContain('read-p99 in eu-west-1');
  const worst = result.worst.filter((w) => w.claim === 'read-p99');
  expect(worst.length).toBe(10);
  expect(worst.every((w) => w.subject === 'eu-west-1' && w.latencyMs > 120)).toBe(true);
  expect(worst.map((w) => w.latencyMs)).toEqual(worst.map((w) => w.latencyMs).toSorted((a, b) => b - a));
  expect(worst[0]!.traceId).toMatch(/^[0-9a-f]{32}$/);
});

test('A 2 s stall in every 20 fails, since latency runs from the due time', async () => {
  const result = await judge({
    plant: ({ home, dueMs, role }, drawn) => {
      const into = dueMs % 20_000;
      return home === 2 && role !== 'control' && into < 2000
        ? { totalUs: drawn.totalUs + (2000 - into) * 1000 }
        : undefined;
    },
  });
  expect(gatingFails(result)).toContain('read-p99 ap-southeast-1');
  expect(shareOf(result, 'read-p99', 'ap-southeast-1').designEffect).toBeGreaterThan(5);
});

test('A client that waited for its own earlier request is charged with the wait, the generator is not', async () => {
  const result = await judge({
    ...SHORT,
    plant: ({ home, dueMs, role }, drawn) =>
      home === 2 && role === 'mix' && dueMs < 4000 ? { totalUs: drawn.totalUs + 6e6 } : undefined,
  });
  expect(checkOf(result, 'generator-lag').ok).toBe(true);
  expect(result.generator.clientBlockedShare).toBeGreaterThan(0);
  expect(result.split.find((s) => s.region === 'ap-southeast-1' && s.class === 'read')!.waitedMs).toBeGreaterThan(100);
});

test('Half a percent of errors fails the availability of its region', async () => {
  let n = 0;
  const result = await judge({
    plant: ({ home, role }) => (home === 1 && role !== 'control' && ++n % 200 === 0 ? FAILED : undefined),
  });
  expect(gatingFails(result)).toEqual(['availability eu-west-1']);
});

test('A region whose traffic goes elsewhere fails its home share, and its other cells never pass', async () => {
  const result = await judge({
    plant: ({ home, role, operation }) =>
      home === 2 && role === 'mix' && operation.via === 'region' ? { requestedRegion: 1, servedRegion: 1 } : undefined,
  });
  expect(result.exitCode).toBe(1);
  expect(gatingFails(result)).toEqual(['home-share ap-southeast-1']);
  for (const claim of ['read-p99', 'write-p99', 'availability', 'staleness']) {
    expect(cellOf(result, claim, 'ap-southeast-1')).toMatchObject({ status: 'INCONCLUSIVE', requestsLacking: null });
    expect(cellOf(result, claim, 'ap-southeast-1').why).toContain('no matching user request reached ap-southeast-1');
  }
});

test('One city that is routed around the world fails the home share of its region', async () => {
  const result = await judge({
    plant: ({ origin, operation, role }) =>
      origin.id === 'tokyo' && role === 'mix' && operation.via === 'region'
        ? { requestedRegion: 0, servedRegion: 0 }
        : undefined,
  });
  expect(gatingFails(result)).toEqual(['home-share ap-southeast-1']);
});

test('A region that is served by another fails its home share, by the region in the response', async () => {
  const result = await judge({
    plant: ({ home, operation }) => (home === 1 && operation.via === 'region' ? { servedRegion: 0 } : undefined),
  });
  expect(gatingFails(result)).toContain('home-share eu-west-1');
});

test('Replicas that are 2 s behind fail staleness; 20 ms behind they pass', async () => {
  const result = await judge({ replicaLagMs: 2000 });
  expect(gatingFails(result)).toEqual(['staleness eu-west-1', 'staleness ap-southeast-1']);
  expect(shareOf(result, 'staleness', 'eu-west-1').valueMs).toBeGreaterThan(1000);
  expect(shareOf(result, 'staleness', 'eu-west-1').valueMs).toBeLessThan(2100);
});

test('Without versions in responses staleness is not tested, and does not pass', async () => {
  const result = await judge({
    changeRows: (rows) => rows.map((r) => ({ ...r, recordVersion: 0 })),
  });
  expect(cellOf(result, 'staleness', 'eu-west-1')).toMatchObject({ status: 'INCONCLUSIVE', total: 0 });
  expect(result.exitCode).toBe(3);
  expect(result.notTested.join()).toContain('staleness in eu-west-1');
});

test('A city that cannot meet the limit is INFEASIBLE, which does not change the exit code', async () => {
  const result = await judge();
  expect(cellOf(result, 'client-p99', 'auckland').status).toBe('INFEASIBLE');
  expect(cellOf(result, 'client-p99', 'auckland').why).toContain('Even a target that responds at once cannot keep');
  expect(cellOf(result, 'client-p99', 'tokyo').status).toBe('FAIL');
  expect(result.exitCode).toBe(0);
});

test('The headline counts the population of cities with 99 % of requests within 120 ms', async () => {
  const result = await judge();
  const { origins, headline } = result;
  expect(origins.length).toBe(16);
  expect(headline.populationShare).toBeGreaterThan(0);
  expect(headline.populationShare).toBeLessThan(0.9);
  const n = origins.reduce((sum, o) => sum + o.n, 0);
  expect(headline.requestShare).toBeCloseTo(origins.reduce((sum, o) => sum + o.withinShare! * o.n, 0) / n, 10);
});

// Too little evidence

test('A run too short is INCONCLUSIVE and names a duration that, when given, decides', async () => {
  const short = await judge({ judgedMs: 15_000 });
  expect(short).toMatchObject({ verdict: 'INCONCLUSIVE', exitCode: 3 });
  const good = cellOf(short, 'availability', 'us-east-1');
  expect(good.status).toBe('INCONCLUSIVE');
  expect(good.total + good.requestsLacking!).toBe(2995);
  expect(good.why).toContain(`${good.requestsLacking!.toLocaleString('en-US')} more requests`);
  const seconds = Number(/ --duration (\d+)$/.exec(short.next)![1]);
  expect(seconds).toBeGreaterThan(15);
  expect(seconds).toBeLessThan(120);
  expect((await judge({ judgedMs: seconds * 1000 })).verdict).toBe('PASS');
});

test('A share next to its limit is not decided by hours of load: the next step is to look at the bad requests', async () => {
  let reads = 0;
  const result = await judge({
    plant: ({ operation, home, role }, drawn) =>
      role === 'probe' && operation.class === 'read' && home === 1 && ++reads % 90 === 0
        ? { totalUs: drawn.totalUs + 200_000 }
        : undefined,
  });
  const { status, requestsLacking } = cellOf(result, 'read-p99', 'eu-west-1');
  expect(status).toBe('INCONCLUSIVE');
  expect(requestsLacking).toBeGreaterThan(1_000_000);
  expect(result).toMatchObject({ verdict: 'INCONCLUSIVE', exitCode: 3 });
  expect(result.next).toMatch(/^read-p99 in eu-west-1 is too close to its limit/);
});

test('The command that is named next keeps the flags and replaces the duration', async () => {
  const result = await judge({
    judgedMs: 10_000,
    quick: true,
    changePlan: (plan) => {
      plan.command = 'npm run load -- --profile apac-heavy --quick --duration 10 --seed 7';
    },
  });
  expect(result.next).toMatch(/^npm run load -- --profile apac-heavy --seed 7 --duration \d+$/);
});

// Everything that makes other tools green on nothing (reference/chaos-slo.md, section 1.3)

test('Refused requests at 0 ms do not flatter a latency claim: they count as over the limit', async () => {
  let n = 0;
  const result = await judge({
    plant: ({ home, role }) => (home === 1 && role === 'probe' && ++n % 10 < 3 ? REFUSED : undefined),
  });
  expect(gatingFails(result)).toContain('read-p99 eu-west-1');
  expect(cellOf(result, 'read-p99', 'eu-west-1')).toMatchObject({ valueMs: null });
});

test('A region that got no request at all never passes anything', async () => {
  const result = await judge({
    plant: ({ home, role, operation }) =>
      home === 2 && role !== 'control' && operation.via === 'region'
        ? { requestedRegion: 0, servedRegion: 0 }
        : undefined,
  });
  const there = result.cells.filter((c) => c.subject === 'ap-southeast-1' && c.claim !== 'home-share');
  expect(there.map((c) => c.status)).toEqual(there.map(() => 'INCONCLUSIVE'));
  expect(cellOf(result, 'read-p99', 'ap-southeast-1').total).toBe(0);
});

test('A target without a gating claim cannot pass', async () => {
  const result = await judge({ ...SHORT, changePlan: (plan) => plan.claims.forEach((c) => (c.gating = false)) });
  expect(result).toMatchObject({ verdict: 'INCONCLUSIVE', exitCode: 3 });
  expect(result.why).toContain('This target has no gating claim');
});

test('A gating claim without any cell keeps the run from passing', async () => {
  const result = await judge({
    changePlan: (plan) => {
      plan.cells = plan.cells.filter((c) => plan.claims[c.claim]!.id !== 'staleness');
    },
  });
  expect(result).toMatchObject({ verdict: 'INCONCLUSIVE', exitCode: 3 });
  expect(result.why).toContain('staleness');
  expect(result.notTested).toContain('staleness: the plan has no cell for it.');
});

test('A generator with exit code 0 does not make a failed claim pass', async () => {
  const result = await judge({ plant: ({ role }) => (role === 'probe' ? FAILED : undefined) });
  expect(checkOf(result, 'generator-exit')).toMatchObject({ ok: true, value: '0' });
  expect(result.exitCode).toBe(1);
});

test('Thirteen cells that pass do not hide the one that fails', async () => {
  const result = await judge({
    plant: ({ role, home, operation }, drawn) =>
      role === 'probe' && home === 0 && operation.class === 'write' ? { totalUs: drawn.totalUs + 150_000 } : undefined,
  });
  expect(gatingFails(result)).toEqual(['write-p99 us-east-1']);
  expect(result.cells.filter((c) => c.gating && c.status === 'PASS').length).toBe(13);
  expect(result.verdict).toBe('FAIL');
});

test('An interrupted run never passes: exit 130, cut short, what is recorded is judged', async () => {
  const result = await judge({ stopAtMs: 50_000 });
  expect(result).toMatchObject({ verdict: 'ABORTED', exitCode: 130, cutShort: true });
  expect(result.why).toContain('50.0 s');
  expect(result.conservation).toMatchObject({ missing: 0, duplicates: 0, unknown: 0 });
  expect(result.conservation.notYetDue).toBeGreaterThan(0);
  expect(result.conservation.interrupted).toBeGreaterThan(0);
  const { planned, recorded, notYetDue, interrupted } = result.conservation;
  expect(recorded + notYetDue + interrupted).toBe(planned);
  expect(cellOf(result, 'read-p99', 'us-east-1').status).toBe('PASS');
});

test('Rows in flight that k6 lost when it was stopped are explained, a client that died long before is not', async () => {
  const stopAtMs = 20_000;
  const lost = await judge({ stopAtMs, changeRows: (rows) => rows.filter((r) => !(r.state & ROW_STATE.interrupted)) });
  expect(checkOf(lost, 'conservation').ok).toBe(true);
  expect(lost.conservation.interrupted).toBeGreaterThan(0);
  const died = await judge({ stopAtMs, changeRows: (rows) => rows.filter((r) => r.row > 5 || r.startMs < 2000) });
  expect(checkOf(died, 'conservation').ok).toBe(false);
  expect(died.conservation.missing).toBeGreaterThan(0);
});

test('A run stopped by a limit is ABORTED with exit 6, one stopped by an error is INVALID with exit 4', async () => {
  const stopped = (why: 'limit' | 'error'): Promise<RunResult> =>
    judge({
      ...SHORT,
      stopAtMs: 5000,
      changeJournal: (lines) => {
        for (const { event } of lines)
          if (event.kind === 'stop-requested') Object.assign(event, { why, message: 'error budget used up' });
      },
    });
  expect(await stopped('limit')).toMatchObject({ verdict: 'ABORTED', exitCode: 6 });
  expect((await stopped('limit')).why).toContain('error budget used up');
  expect(await stopped('error')).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
});

test('A stop request after the generator ended has no effect', async () => {
  const result = await judge({
    changeJournal: (lines) => {
      lines.push({ ms: 63_000, event: { kind: 'stop-requested', why: 'error', message: 'the lanes ended' } });
    },
  });
  expect(result).toMatchObject({ verdict: 'PASS', exitCode: 0 });
});

test('Edge requests count for the home region and never as reaching it', async () => {
  const result = await judge({
    ...SHORT,
    plant: ({ role, operation }) =>
      role === 'mix' && operation.via === 'region' ? { requestedRegion: 0, servedRegion: 0 } : undefined,
  });
  expect(cellOf(result, 'availability', 'eu-west-1').total).toBeGreaterThan(0);
  expect(cellOf(result, 'availability', 'eu-west-1').why).toContain('no matching user request reached eu-west-1');
  expect(SOURCES[4]).toBe('edge');
});
