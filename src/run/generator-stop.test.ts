import { describe, expect, it } from 'vitest';
import type { TimelineEnd } from '../../chaos/course.ts';
import type { Lifecycle } from '../../chaos/timeline.ts';
import type { Journal } from './journal.ts';
import type { Generator } from './k6.ts';
import { type Progress, stopOf, stopWhen } from './generator-stop.ts';

/** A load of which nothing is real but what stops it; `said` is what happened, in order. */
function load(given: Partial<Progress> = {}) {
  const progress: Progress = { t0: 1, refused: null, stopped: false, over: false, ...given };
  const said: string[] = [];
  const interrupt = new AbortController();
  let lose: (how: string) => void = () => {};
  let endExperiment: (how: TimelineEnd) => void = () => {};
  const lost = new Promise<string>((resolve) => (lose = resolve));
  const experiment = {
    ended: new Promise<TimelineEnd>((resolve) => (endExperiment = resolve)),
    abort: async (why: string) => void said.push(`abort (${why})`),
  } as Partial<Lifecycle> as Lifecycle;
  const journal = {
    failed: new Promise(() => {}),
    note: ({ why, message }: { why: string; message: string }) => void said.push(`${why}: ${message}`),
  } as unknown as Journal;
  const k6 = { stop: async () => void said.push('k6 stopped') } as Partial<Generator> as Generator;
  stopWhen({ signal: interrupt.signal, lost, journal, experiment }, stopOf({ progress, k6, journal, experiment }));
  return { progress, said, interrupt, lose, endExperiment };
}

describe('a load', () => {
  it('that is interrupted mends what is broken before k6 is stopped, and is stopped once', async () => {
    const { progress, said, interrupt, lose } = load();
    interrupt.abort('Ctrl-C');
    lose('the world ended');
    await expect.poll(() => said).toContain('k6 stopped');
    expect(said).toEqual(['interrupt: Ctrl-C', 'abort (interrupt)', 'k6 stopped']);
    expect(progress).toMatchObject({ stopped: true, refused: null });
  });

  it('that loses its lanes before the first request is refused, saying so', async () => {
    const { progress, lose } = load({ t0: null });
    lose('the lanes ended');
    await expect.poll(() => progress.refused?.message).toContain('before the first request: the lanes ended');
  });

  it.each([
    ['unfit', 'limit: the baseline broke a claim, so nothing was injected'],
    ['damaged', 'error: a fault could not be proven gone'],
  ] as const)('whose experiment ends as %s is stopped', async (how, words) => {
    const { said, endExperiment } = load();
    endExperiment(how);
    await expect.poll(() => said).toEqual([words, 'abort (abort)', 'k6 stopped']);
  });

  it.each(['done', 'aborted'] as const)('whose experiment ends as %s goes on', async (how) => {
    const { progress, endExperiment } = load();
    endExperiment(how);
    await new Promise(setImmediate);
    expect(progress.stopped).toBe(false);
  });

  it('that is over is not stopped', async () => {
    const { said, lose } = load({ over: true });
    lose('the world ended');
    await new Promise(setImmediate);
    expect(said).toEqual([]);
  });
});
