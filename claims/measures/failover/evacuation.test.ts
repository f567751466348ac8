import { describe, expect, it } from 'vitest';
import { cellOf, HEALED, inJournal, judgeSynthetic, OUTAGE } from '../../../test/judge-synthetic.ts';
import { GONE_AFTER_MS, type SyntheticOptions } from '../../../test/synthetic/options.ts';
import { plantOutage } from '../../../test/synthetic/outage.ts';
import type { Evacuation } from '../../../src/formats/evacuation.ts';
import type { JournalEvent } from '../../../src/formats/journal.ts';
import type { CellVerdict, RunResult } from '../../../reports/run-result.ts';

const REGION = 'ap-southeast-1';
const EVACUATE: Evacuation = {
  title: `POST /evacuate/${REGION}`,
  afterMs: 3_000,
  ask: { url: `/evacuate/${REGION}` },
  undo: { url: `/evacuate/${REGION}/end` },
  timeoutMs: 60_000,
  regions: [REGION],
};
/** Asked for three seconds after the bite; people follow four seconds after that. */
const ASKED_MS = OUTAGE.fromMs + 3_000;
const FOLLOW_MS = 4_000;

type Step = Extract<JournalEvent, { kind: 'evacuation' }>;
const step = (of: Step['step'], more: Partial<Step> = {}): Step => ({
  kind: 'evacuation',
  step: of,
  ok: true,
  sinceT0Ms: ASKED_MS,
  tookMs: 0,
  message: 'answered',
  ...more,
});
const DONE = step('done', { sinceT0Ms: ASKED_MS + 200, tookMs: 200 });
const STEPS = [step('asked'), DONE, step('undone', { sinceT0Ms: OUTAGE.toMs + 100, tookMs: 50 })];

/** A run whose people move after the evacuation, with these steps in its journal and this limit on it. */
async function judged(
  steps: Step[],
  { evacuationSeconds = 6, ...more }: SyntheticOptions & { evacuationSeconds?: number | null } = {},
): Promise<RunResult> {
  const followed = { awayMs: ASKED_MS + FOLLOW_MS, backMs: OUTAGE.toMs + 3_000 };
  const { result } = await judgeSynthetic({
    ...OUTAGE,
    experiment: { ...OUTAGE.experiment!, limits: evacuationSeconds === null ? {} : { evacuationSeconds } },
    plant: plantOutage({ ...HEALED, follows: { fresh: followed, ttl: followed } }),
    changePlan: (plan) => (plan.experiment!.evacuate = EVACUATE),
    changeJournal: (events) => {
      const at = events.findIndex(({ event }) => event.kind === 'generator-health');
      events.splice(at, 0, ...steps.map((event) => ({ ms: event.sinceT0Ms, event })));
    },
    ...more,
  });
  return result;
}

const cell = (result: RunResult): CellVerdict => cellOf(result, 'evacuation', REGION);

describe('the clock of an evacuation', () => {
  it('runs from the request until fresh and ttl clients are served elsewhere, without sticky ones', async () => {
    const result = await judged(STEPS);
    expect(result.figures.failover.evacuation).toMatchObject({
      title: EVACUATE.title,
      askedMs: ASKED_MS,
      doneMs: ASKED_MS + 200,
      tookMs: 200,
      ok: true,
      undone: true,
      watchedMs: OUTAGE.toMs - ASKED_MS,
    });
    const [{ region, t50Ms, t99Ms }] = result.figures.failover.evacuation!.regions as [
      { region: string; t50Ms: number; t99Ms: number },
    ];
    expect(region).toBe(REGION);
    for (const atMs of [t50Ms, t99Ms]) {
      expect(atMs).toBeGreaterThan(FOLLOW_MS - 100);
      expect(atMs).toBeLessThan(FOLLOW_MS + 400);
    }
    // Sticky clients stay in the outage to its end, and are no business of the evacuation.
    expect(result.figures.failover.faults[0]!.regions[0]!.t99Ms).toBeNull();
    expect(cell(result)).toMatchObject({ status: 'PASS', limitMs: 6_000, valueMs: t99Ms, gating: true });
    expect(result.journal.map(({ text }) => text)).toContain('The evacuation was accepted after 0.2 s.');
  });

  it('FAILs if users are served elsewhere too late', async () => {
    const result = await judged(STEPS, { evacuationSeconds: 3 });
    expect(cell(result).status).toBe('FAIL');
    expect([result.verdict, result.exitCode]).toEqual(['FAIL', 1]);
  });

  it('FAILs if users are never served elsewhere, and is undecided if they were not observed long enough', async () => {
    const stay = plantOutage({ ...HEALED, follows: {} });
    const never = await judged(STEPS, { plant: stay });
    expect(cell(never)).toMatchObject({ status: 'FAIL', valueMs: null });
    expect(cell(never).why).toContain('not served elsewhere');
    const short = await judged(STEPS, { plant: stay, evacuationSeconds: 60 });
    expect(cell(short)).toMatchObject({ status: 'INCONCLUSIVE' });
  });

  it('has no cell without a limit, but has figures', async () => {
    const result = await judged(STEPS, { evacuationSeconds: null });
    expect(cell(result)).toBeUndefined();
    expect(result.figures.failover.evacuation).toMatchObject({ ok: true });
  });
});

describe('an evacuation that failed', () => {
  it('FAILs although users moved, with the response as the reason', async () => {
    const failed = step('done', { ok: false, tookMs: 90, message: 'status 404: there is no region' });
    const result = await judged([STEPS[0]!, failed]);
    expect(cell(result)).toMatchObject({ status: 'FAIL', valueMs: null });
    expect(cell(result).why).toMatch(/failed after 0.09 s: status 404: there is no region/);
    expect(result.exitCode).toBe(1);
    expect(result.journal.map(({ text }) => text).join('\n')).toMatch(/FAILED after 0.1 s: status 404/);
  });

  it('that was not reverted has the exit code of a damaged target', async () => {
    const left = step('undone', { ok: false, message: 'no answer within 30 s' });
    const result = await judged([...STEPS.slice(0, 2), left]);
    expect([result.verdict, result.exitCode]).toEqual(['INVALID', 5]);
    expect(result.why).toMatch(/may still be evacuated: POST \/evacuate.*no answer within 30 s/);
  });
});

describe('an evacuation with an unknown outcome', () => {
  it('is not tested if it was never requested or its outcome is unknown', async () => {
    for (const steps of [[], STEPS.slice(0, 1)]) {
      const result = await judged(steps);
      expect(cell(result)).toMatchObject({ status: 'INCONCLUSIVE', total: 0 });
      expect(cell(result).why).toMatch(/^Not tested/);
      expect(result.exitCode).toBe(3);
    }
  });

  it('is not tested with too few fresh and ttl clients', async () => {
    const thin = { ...OUTAGE.experiment!, limits: { evacuationSeconds: 6 }, clockFromMs: 10 ** 9 };
    const result = await judged(STEPS, { experiment: thin, ratePerSecond: 10 });
    expect(cell(result).status).toBe('INCONCLUSIVE');
    expect(cell(result).why).toMatch(/fewer than 9 requests a second/);
  });

  it('is not tested if its fault had no effect', async () => {
    const result = await judged([], {
      changeJournal: inJournal('fault-bites', { bites: false, sinceT0Ms: null }),
    });
    expect(cell(result).status).toBe('INVALID');
  });

  it('is null for an experiment without one', async () => {
    const { result } = await judgeSynthetic({ ...OUTAGE, plant: plantOutage(HEALED) });
    expect(result.figures.failover.evacuation).toBeNull();
    expect(result.figures.failover.faults[0]!.t1Ms).toBe(72_000 + GONE_AFTER_MS);
  });
});
