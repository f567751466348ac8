import { describe, expect, it } from 'vitest';
import { inJournal, judgeHealed as judge } from '../../test/judge-synthetic.ts';
import { sampleFis } from '../../test/sample/fis.ts';
import { fisEnded } from '../../test/synthetic/fis.ts';

const { experiments } = sampleFis();
const SKIPPED = 'aws:network:disrupt-vpc-endpoint in eu-west-1: skipped (No targets resolved)';
/** Claims that the fault is to decide: those of its clock, and those while it lasts and after it. */
const OF_FAULT = /^(rto|fail-back|recovery|during-|after-)/;

describe('a fault that went through FIS', () => {
  it('is judged by what clients saw where FIS did all of it, and FIS is told', async () => {
    const result = await judge({ changeJournal: fisEnded({ experiments }) });
    expect(result).toMatchObject({ verdict: 'PASS', exitCode: 0 });
    expect(result.faults[0]!.fis).toEqual({
      place: { endpoint: 'http://127.0.0.1:4566', scale: 60 },
      experiments,
      notExercised: [],
      suspects: [],
    });
    const said = result.journal.map(({ text }) => text).filter((text) => text.startsWith('FIS experiment'));
    expect(said).toHaveLength(3);
    expect(said[0]).toContain(`${experiments[0]!.id} in ap-southeast-1: stopped`);
  });

  it('is INVALID where an action was not exercised, though the fault bit and clients were served', async () => {
    const result = await judge({ changeJournal: fisEnded({ experiments, notExercised: [SKIPPED] }) });
    expect(result).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
    expect(result.faults[0]!.t0Ms).not.toBeNull();
    const decided = result.cells.filter(({ claim }) => OF_FAULT.test(claim));
    expect(new Set(decided.map(({ claim }) => claim)).size).toBeGreaterThan(4);
    for (const { status, why } of decided) {
      expect(status).toBe('INVALID');
      expect(why).toContain(`was not exercised: ${SKIPPED}`);
    }
    for (const cell of result.cells.filter(({ claim }) => !OF_FAULT.test(claim)))
      expect(cell.why).not.toContain('exercised');
  });

  it('is still first of all a fault that is not gone', async () => {
    const result = await judge({
      changeJournal: (lines) => {
        fisEnded({ experiments, notExercised: [SKIPPED] })(lines);
        inJournal('fault-gone', { gone: false })(lines);
      },
    });
    expect(result).toMatchObject({ verdict: 'INVALID', exitCode: 5 });
  });

  it('is told as it was last, where it was told twice', async () => {
    const result = await judge({
      changeJournal: (lines) => {
        fisEnded({ experiments })(lines);
        // Goes in before the other.
        fisEnded({ experiments: experiments.map((one) => ({ ...one, status: 'running' })) })(lines);
      },
    });
    expect(result.faults[0]!.fis!.experiments.map(({ status }) => status)).toEqual(['stopped', 'stopped', 'stopped']);
  });
});
