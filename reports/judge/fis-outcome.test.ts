import { describe, expect, it } from 'vitest';
import { inJournal, judgeHealed as judge } from '../../test/judge-synthetic.ts';
import { sampleFis } from '../../test/sample/fis.ts';
import { fisEnded } from '../../test/synthetic/fis.ts';

const { experiments } = sampleFis();
const SKIPPED = 'aws:network:disrupt-vpc-endpoint in eu-west-1: skipped (No targets resolved)';
/** Claims that the fault is to decide: those of its clock, and those while it lasts and after it. */
const OF_FAULT = /^(rto|fail-back|back-to-baseline|during-|after-)/;

describe('a fault that went through FIS', () => {
  it("is judged by client requests if FIS did all of it, and shows FIS's figures", async () => {
    const result = await judge({ changeJournal: fisEnded({ experiments }) });
    expect(result).toMatchObject({ verdict: 'PASS', exitCode: 0 });
    expect(result.figures.failover.faults[0]!.fis).toEqual({
      place: { endpoint: 'http://127.0.0.1:4566', scale: 60 },
      experiments,
      notExercised: [],
      suspects: [],
    });
    const said = result.journal.map(({ text }) => text).filter((text) => text.startsWith('FIS experiment'));
    expect(said).toHaveLength(3);
    expect(said[0]).toContain(`${experiments[0]!.id} in ap-southeast-1: stopped`);
  });

  it('is INVALID if an action was not exercised, although the fault took effect', async () => {
    const result = await judge({ changeJournal: fisEnded({ experiments, notExercised: [SKIPPED] }) });
    expect(result).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
    expect(result.figures.failover.faults[0]!.t0Ms).not.toBeNull();
    const decided = result.cells.filter(({ claim }) => OF_FAULT.test(claim));
    expect(new Set(decided.map(({ claim }) => claim)).size).toBeGreaterThan(4);
    for (const { status, why } of decided) {
      expect(status).toBe('INVALID');
      expect(why).toContain(`was not exercised: ${SKIPPED}`);
    }
    for (const cell of result.cells.filter(({ claim }) => !OF_FAULT.test(claim)))
      expect(cell.why).not.toContain('exercised');
  });

  it('is first of all a fault that is not cleared', async () => {
    const result = await judge({
      changeJournal: (lines) => {
        fisEnded({ experiments, notExercised: [SKIPPED] })(lines);
        inJournal('fault-gone', { gone: false })(lines);
      },
    });
    expect(result).toMatchObject({ verdict: 'INVALID', exitCode: 5 });
  });

  it('shows the last report of two', async () => {
    const result = await judge({
      changeJournal: (lines) => {
        fisEnded({ experiments })(lines);
        // Goes in before the other.
        fisEnded({ experiments: experiments.map((one) => ({ ...one, status: 'running' })) })(lines);
      },
    });
    expect(result.figures.failover.faults[0]!.fis!.experiments.map(({ status }) => status)).toEqual([
      'stopped',
      'stopped',
      'stopped',
    ]);
  });

  describe('of which FIS did only a part, although it took effect', () => {
    /** T0 of a synthetic run, and when its fault is told to stop. */
    const toldMs = Date.UTC(2025, 0, 1, 0, 0, 10) + 72_000;
    const stopped = experiments.map((one) => ({ ...one, endEpochMs: toldMs + 3_000 }));
    const judgeFis = (change: NonNullable<Parameters<typeof judge>[0]>['changeJournal']) =>
      judge({
        changePlan: (plan) => void (plan.experiment!.driver = 'fis'),
        changeJournal: (lines) => {
          for (const { region } of stopped)
            lines.unshift({
              ms: null,
              event: {
                kind: 'fis-preview',
                fault: 1,
                place: { endpoint: null, scale: null },
                region,
                targets: [],
                doubts: [],
              },
            });
          change?.(lines);
        },
      });

    it('is PASS if every experiment ran until it was told to stop', async () => {
      expect(await judgeFis(fisEnded({ experiments: stopped }))).toMatchObject({ verdict: 'PASS', exitCode: 0 });
    });

    it.each<[what: string, change: Parameters<typeof judgeFis>[0], why: RegExp]>([
      ['nobody heard of its experiments', undefined, /FIS reported only 0 of its 3 experiments/],
      ['one region was not heard of', fisEnded({ experiments: stopped.slice(1) }), /only 2 of its 3/],
      [
        'one ended long before it was told to',
        fisEnded({ experiments: stopped.map((one, i) => (i === 1 ? { ...one, endEpochMs: toldMs - 20_000 } : one)) }),
        /\(stopped\) before it was told to/,
      ],
      [
        'one failed',
        fisEnded({ experiments: stopped.map((one, i) => (i === 2 ? { ...one, status: 'failed' } : one)) }),
        /\(failed\) before it was told to/,
      ],
    ])('is INVALID where %s', async (_, change, why) => {
      const result = await judgeFis(change);
      expect(result).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
      expect(result.why).toMatch(why);
    });
  });
});
