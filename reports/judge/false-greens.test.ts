/**
 * How other tools go green on nothing (reference/chaos-slo.md section 1.3), one test per row of that table: the same
 * nothing, put before this judge.
 */
import { expect, test } from 'vitest';
import { cellOf, HEALED, inJournal, judgeHealed as judge, OUTAGE } from '../../test/judge-synthetic.ts';
import { plantOutage } from '../../test/synthetic/outage.ts';

const HURT = 'ap-southeast-1';

test('An outage that heals in time passes: what the others below lack, this one has', async () => {
  const result = await judge();
  expect(result.cells.filter((c) => c.gating && c.status !== 'PASS')).toEqual([]);
  expect(result).toMatchObject({ verdict: 'PASS', exitCode: 0 });
});

test('k6: an empty trend reads p99 = 0, here a region without requests is INCONCLUSIVE', async () => {
  const plant = plantOutage({ ...HEALED, to: 0 });
  const result = await judge({
    plant: (occasion, drawn) =>
      occasion.home === 1 && occasion.role !== 'control' && occasion.operation.via === 'region'
        ? { requestedRegion: 0, servedRegion: 0 }
        : plant(occasion, drawn),
  });
  expect(cellOf(result, 'after-read-p99', 'eu-west-1')).toMatchObject({ status: 'INCONCLUSIVE', total: 0 });
  expect(result.verdict).not.toBe('PASS');
});

test('k6: dropped iterations never enter latency, here a row that is not there is INVALID', async () => {
  const result = await judge({ changeRows: (rows) => rows.filter((r) => r.startMs < 50_000 || r.startMs > 50_200) });
  expect(result.conservation.missing).toBeGreaterThan(0);
  expect(result).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
});

test('Litmus: 100 % of no probes, here an experiment that asserts nothing does not pass', async () => {
  const result = await judge({
    experiment: { ...OUTAGE.experiment!, limits: {} },
    changePlan: (plan) => plan.claims.forEach((claim) => (claim.gating = false)),
  });
  expect(result).toMatchObject({ verdict: 'INCONCLUSIVE', exitCode: 3 });
});

test('Keptn: no baseline compares as satisfied, here without a baseline nothing is back to baseline', async () => {
  const result = await judge({
    changePlan: (plan) => {
      for (const phase of plan.phases) if (phase.name === 'baseline') phase.judged = false;
    },
  });
  for (const claim of ['fail-back', 'back-to-baseline']) {
    expect(cellOf(result, claim, HURT).status).toBe('INCONCLUSIVE');
    expect(cellOf(result, claim, HURT).why).toContain('no baseline');
  }
  expect(result).toMatchObject({ verdict: 'INCONCLUSIVE', exitCode: 3 });
});

test('Kayenta: a group without data scores 100, here a clock without rows is INCONCLUSIVE', async () => {
  const result = await judge({
    experiment: { ...OUTAGE.experiment!, clockPerSecond: 0.25 },
    ratePerSecond: 3,
  });
  for (const claim of ['rto', 'fail-back', 'back-to-baseline']) {
    expect(cellOf(result, claim, HURT).status).toBe('INCONCLUSIVE');
    expect(cellOf(result, claim, HURT).why).toContain('requests a second that the failover clock needs');
  }
  expect(result.verdict).not.toBe('PASS');
});

test('Argo: an analysis that ends early was successful, here a run that ends early is ABORTED', async () => {
  const result = await judge({ stopAtMs: 90_000 });
  expect(result).toMatchObject({ verdict: 'ABORTED', exitCode: 130, cutShort: true });
});

test("FIS: no target, action skipped, run completed; here a fault without effect is INVALID, with the probe's outcome", async () => {
  const skipped = await judge({
    plant: () => undefined,
    changeJournal: (lines) => {
      for (const { event } of lines)
        if (event.kind === 'fault-bites') {
          event.bites = false;
          event.readings = event.readings.map((reading) => ({ ...reading, outcome: 'answered', tookMs: 3 }));
        }
    },
  });
  expect(skipped).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
  expect(skipped.why).toContain('had no observable effect: ingress-ap-southeast-1 responded after 3 ms');
  expect(cellOf(skipped, 'rto', HURT)).toMatchObject({ status: 'INVALID' });
  expect(cellOf(skipped, 'during-availability', 'us-east-1').why).toContain('Not tested');
});

test('FIS: a fault that was not probed or is not in the journal is INVALID too', async () => {
  const unseen = await judge({ changeJournal: inJournal('fault-bites', null) });
  expect(unseen).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
  expect(unseen.why).toContain('it was not probed');
  const traceless = await judge({
    changeJournal: (lines) => {
      const kept = lines.filter(({ event }) => !event.kind.startsWith('fault-'));
      lines.splice(0, lines.length, ...kept);
    },
  });
  expect(traceless).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
  expect(traceless.why).toContain('was never injected');
});

test('Chaos Toolkit: "completed" means executed, here all that was executed does not make a late recovery pass', async () => {
  const late = { ...HEALED, follows: {} };
  const result = await judge({ plant: plantOutage(late) });
  expect(result.cutShort).toBe(false);
  expect(result.journal.at(-1)!.text).toBe('Ended.');
  expect(cellOf(result, 'rto', HURT)).toMatchObject({ status: 'FAIL', valueMs: null });
  expect(result).toMatchObject({ verdict: 'FAIL', exitCode: 1 });
});

test('Gremlin: a failed test raises the score, here one cell that fails fails the run', async () => {
  const plant = plantOutage(HEALED);
  const result = await judge({
    plant: (occasion, drawn) =>
      occasion.home === 0 && occasion.role === 'probe' && occasion.dueMs > 45_000 && occasion.dueMs < 70_000
        ? { totalUs: drawn.totalUs + 300_000 }
        : plant(occasion, drawn),
  });
  const failed = result.cells.filter((c) => c.gating && c.status === 'FAIL').map((c) => `${c.claim} ${c.subject}`);
  expect(failed).toEqual(['during-read-p99 us-east-1']);
  expect(result).toMatchObject({ verdict: 'FAIL', exitCode: 1 });
});

test('SLO engines: an absent indicator is 100 %, here a limit that nothing measures does not pass', async () => {
  const result = await judge({
    experiment: { ...OUTAGE.experiment!, limits: { ...OUTAGE.experiment!.limits, lostWrites: 0 } },
  });
  expect(cellOf(result, 'lost-writes', HURT)).toMatchObject({ status: 'INCONCLUSIVE', gating: true });
  expect(result).toMatchObject({ verdict: 'INCONCLUSIVE', exitCode: 3 });
  const absent = await judge({
    changePlan: (plan) => {
      plan.cells = plan.cells.filter((cell) => plan.claims[cell.claim]!.id !== 'after-availability');
    },
  });
  expect(absent).toMatchObject({ verdict: 'INCONCLUSIVE', exitCode: 3 });
  expect(absent.why).toContain('after-availability');
});
