import { describe, expect, it } from 'vitest';
import type { TimelineEnd } from '../../chaos/timeline-context.ts';
import type { Lifecycle } from '../../chaos/timeline.ts';
import type { Journal } from './journal.ts';
import type { Generator } from './k6.ts';
import { type Progress, stopOf, stopWhen } from './generator-stop.ts';

/** A load of which only the stop is real; `events` is what happened, in order. */
function load(given: Partial<Progress> = {}) {
  const progress: Progress = { t0: 1, refused: null, stopped: false, over: false, ...given };
  const events: string[] = [];
  const interrupt = new AbortController();
  let lose: (how: string) => void = () => {};
  let endExperiment: (how: TimelineEnd) => void = () => {};
  const lost = new Promise<string>((resolve) => (lose = resolve));
  const experiment = {
    ended: new Promise<TimelineEnd>((resolve) => (endExperiment = resolve)),
    abort: async (why: string) => void events.push(`abort (${why})`),
  } as Partial<Lifecycle> as Lifecycle;
  const journal = {
    failed: new Promise(() => {}),
    note: ({ why, message }: { why: string; message: string }) => void events.push(`${why}: ${message}`),
  } as unknown as Journal;
  const k6 = { stop: async () => void events.push('k6 stopped') } as Partial<Generator> as Generator;
  stopWhen({ signal: interrupt.signal, lost, journal, experiment }, stopOf({ progress, k6, journal, experiment }));
  return { progress, events, interrupt, lose, endExperiment };
}

describe('a load', () => {
  it('that is interrupted reverts faults before it stops k6, once', async () => {
    const { progress, events, interrupt, lose } = load();
    interrupt.abort('Ctrl-C');
    lose('the world exited');
    await expect.poll(() => events).toContain('k6 stopped');
    expect(events).toEqual(['interrupt: Ctrl-C', 'abort (interrupt)', 'k6 stopped']);
    expect(progress).toMatchObject({ stopped: true, refused: null });
  });

  it('that loses its lanes before the first request is refused with the reason', async () => {
    const { progress, lose } = load({ t0: null });
    lose('the lanes exited');
    await expect.poll(() => progress.refused?.message).toContain('before the first request: the lanes exited');
  });

  it.each([
    ['baseline-failed', 'limit: a claim failed in the baseline, so no fault was injected'],
    ['damaged', 'error: a fault could not be confirmed cleared'],
  ] as const)('whose experiment ends as %s is stopped', async (how, words) => {
    const { events, endExperiment } = load();
    endExperiment(how);
    await expect.poll(() => events).toEqual([words, 'abort (abort)', 'k6 stopped']);
  });

  it.each(['done', 'aborted'] as const)('whose experiment ends as %s goes on', async (how) => {
    const { progress, endExperiment } = load();
    endExperiment(how);
    await new Promise(setImmediate);
    expect(progress.stopped).toBe(false);
  });

  it('that is over is not stopped', async () => {
    const { events, lose } = load({ over: true });
    lose('the world exited');
    await new Promise(setImmediate);
    expect(events).toEqual([]);
  });
});
