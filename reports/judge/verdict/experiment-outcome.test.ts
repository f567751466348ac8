import { describe, expect, it } from 'vitest';
import { cellOf, FAILED, inJournal, judgeHealed as judge, OUTAGE } from '../../../test/judge-synthetic.ts';
import { afterLast } from '../../../test/corpus/cause.ts';
import type { SyntheticOptions } from '../../../test/synthetic/options.ts';
import type { RunResult } from '../../run-result.ts';

const HURT = 'ap-southeast-1';

/** Nothing about faults was written, as when the harness injects nothing. */
const uninjected: NonNullable<SyntheticOptions['changeJournal']> = (lines) => {
  const kept = lines.filter(({ event }) => !event.kind.startsWith('fault-'));
  lines.splice(0, lines.length, ...kept);
};

describe('the verdict of a run with faults', () => {
  it('is exit 5 before everything else if a fault is not confirmed cleared, and names the command', async () => {
    const notGone = await judge({
      stopAtMs: 80_000,
      changeJournal: inJournal('fault-gone', { gone: false }),
      changeRows: (rows) => rows.slice(0, -1),
    });
    expect(notGone).toMatchObject({ verdict: 'INVALID', exitCode: 5 });
    expect(notGone.why).toContain('may be damaged');
    expect(notGone.why).toContain('ingress-ap-southeast-1');
    expect(notGone.next).toBe(`npm run heal -- ${notGone.runId}`);
    const unsaid = await judge({ changeJournal: inJournal('fault-gone', null) });
    expect(unsaid).toMatchObject({ verdict: 'INVALID', exitCode: 5 });
    expect(unsaid.why).toContain('it was not probed');
  });

  it('names probe, address and outcome of a fault without effect', async () => {
    const reading = { point: 'api-eu', probe: 'GET http://127.0.0.1:18080/health', value: 503, tookMs: 3 };
    const seen = { bites: false, sinceT0Ms: null, readings: [{ ...reading, outcome: 'error', detail: 'status 503' }] };
    const { why } = await judge({ changeJournal: inJournal('fault-bites', seen) });
    const words = 'api-eu (GET http://127.0.0.1:18080/health) failed after 3 ms (status 503)';
    expect(why).toContain(`had no observable effect: ${words}`);
  });

  it('is INVALID with the reason if a fault failed after it took effect, and without any fault', async () => {
    const failed = await judge({
      changeJournal: afterLast('fault-bites', { kind: 'fault-failed', fault: 1, message: 'it ended by itself' }),
    });
    expect(failed).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
    expect(failed.why).toMatch(/^Fault 1, region-outage .*, failed: it ended by itself$/);
    expect(cellOf(failed, 'rto', HURT)).toMatchObject({ status: 'INVALID', why: `Not tested: ${failed.why}` });
    const none = await judge({
      changePlan: ({ experiment }) => void (experiment!.faults = []),
      plant: () => undefined,
    });
    expect(none).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
    expect(none.why).toBe('The experiment has no fault, so it tested nothing.');
  });

  it('is exit 5 too if the harness died between the intent and the injection', async () => {
    const result = await judge({
      plant: () => undefined,
      changeJournal: (lines) => {
        const at = lines.findIndex(({ event }) => event.kind === 'fault-intent');
        lines.splice(at + 1);
      },
    });
    expect(result.exitCode).toBe(5);
  });

  it('is exit 130 if it was interrupted and everything is cleared', async () => {
    expect(await judge({ stopAtMs: 60_000 })).toMatchObject({ verdict: 'ABORTED', exitCode: 130 });
  });

  it("is exit 6 if a guard stopped it, with the guard's message", async () => {
    const result = await judge({
      changeJournal: (lines) => {
        const at = lines.findIndex(({ event }) => event.kind === 'fault-revert');
        lines.splice(at, 0, {
          ms: 60_000,
          event: { kind: 'guard', guard: 'outside-bad-share', message: '14 % of requests outside the fault were bad' },
        });
        Object.assign(lines[at + 1]!.event, { why: 'abort' });
      },
    });
    expect(result).toMatchObject({ verdict: 'ABORTED', exitCode: 6 });
    expect(result.why).toContain('14 % of requests outside the fault were bad');
  });

  it('is FAIL of the claim that did not hold before the fault, so nothing was injected', async () => {
    const result = await judge({
      plant: ({ home, role, dueMs }) => (home === 1 && role !== 'control' && dueMs % 20 === 0 ? FAILED : undefined),
      changeJournal: uninjected,
    });
    expect(result).toMatchObject({ verdict: 'FAIL', exitCode: 1 });
    expect(result.why).toContain('availability in eu-west-1 did not hold before the fault');
    expect(cellOf(result, 'availability', 'eu-west-1').status).toBe('FAIL');
    expect(cellOf(result, 'rto', HURT)).toMatchObject({ status: 'INCONCLUSIVE' });
    expect(cellOf(result, 'after-availability', 'us-east-1').why).toContain(
      'availability in eu-west-1 did not hold before the fault',
    );
  });

  it('is INVALID if a check of the run fails', async () => {
    const result = await judge({ changeJournal: inJournal('clock', { stepMs: 80 }) });
    expect(result).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
    expect(cellOf(result, 'rto', HURT).why).toContain('Otherwise it would be PASS');
  });

  it('judges claims in their phase alone', async () => {
    const result = await judge();
    expect(cellOf(result, 'availability', HURT).bad).toBe(0);
    expect(cellOf(result, 'after-availability', HURT).bad).toBe(0);
    expect(result.cells.some((c) => c.claim === 'during-availability' && c.subject === HURT)).toBe(false);
    expect(result.figures.failover.faults[0]!.regions[0]!.bad).toBeGreaterThan(50);
  });

  it('judges staleness during the fault if the experiment limits it', async () => {
    const run = (stalenessSeconds: number): Promise<RunResult> =>
      judge({
        plant: () => undefined,
        replicaLagMs: 2000,
        experiment: { ...OUTAGE.experiment!, limits: { stalenessSeconds } },
        // The target's own staleness claim would have stopped it before.
        changePlan: (plan) => {
          plan.cells = plan.cells.filter(({ claim }) => plan.claims[claim]!.id !== 'staleness');
          plan.claims = plan.claims.map((claim) =>
            claim.id === 'staleness' ? { ...claim, kind: 'availability' } : claim,
          );
        },
      });
    expect(cellOf(await run(4), 'during-staleness', HURT)).toMatchObject({ status: 'PASS', gating: true });
    expect(cellOf(await run(0.5), 'during-staleness', HURT)).toMatchObject({ status: 'FAIL', gating: true });
  });
});
