/** One experiment through Toxiproxy and through the world's FIS endpoint: the verdicts must be the same. */
import { expect } from 'vitest';
import type { RunResult } from '../reports/run-result.ts';
import { decided, notPassed } from './antipode.ts';

/** Gating claims with their status. */
const verdicts = (result: RunResult | undefined): string[] =>
  (result?.cells ?? [])
    .filter(({ gating }) => gating)
    .map(({ claim, subject, status }) => `${claim} ${subject} ${status}`)
    .toSorted();

/** Makes both runs on the healthy world; `args` are those of `chaos`, without a driver. */
export async function expectSameVerdicts(args: string[]): Promise<void> {
  const own = await decided(args);
  expect(notPassed(own.result), own.text).toEqual([]);
  for (const { askedMs, t0Ms, t1Ms } of own.result!.figures.failover.faults) {
    expect(t0Ms).toBeGreaterThanOrEqual(askedMs! - 50);
    expect(t1Ms).toBeGreaterThan(t0Ms!);
  }
  const fis = await decided([...args, '--driver', 'fis']);
  expect(notPassed(fis.result), fis.text).toEqual([]);
  expect(verdicts(fis.result)).toEqual(verdicts(own.result));
  expect([own.exitCode, fis.exitCode]).toEqual([0, 0]);
  for (const { fis: outcome, t0Ms, t1Ms } of fis.result!.figures.failover.faults) {
    expect(t1Ms).toBeGreaterThan(t0Ms!);
    expect(outcome!.notExercised).toEqual([]);
    expect(outcome!.experiments.length).toBeGreaterThan(0);
    for (const { arn, status, targets, startEpochMs, endEpochMs } of outcome!.experiments) {
      expect(arn).toMatch(/^arn:aws:fis:[a-z0-9-]+:\*{12}:experiment\/EXP/);
      expect(status).toBe('stopped');
      expect(targets.length).toBeGreaterThan(0);
      expect(endEpochMs).toBeGreaterThan(startEpochMs!);
    }
  }
  expect(JSON.stringify(fis.result)).not.toMatch(/arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d{12}:/);
  expect(fis.text).not.toMatch(/arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d{12}:/);
}
