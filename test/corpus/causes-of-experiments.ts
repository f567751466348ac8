/**
 * Other causes of runs that are not valid: faults that did not happen, a target that may be damaged, an early end, and
 * combinations. Based on an outage that heals. Also files that the judge cannot read.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientHarm } from '../../src/formats/faults.ts';
import type { JournalEvent } from '../../src/formats/journal.ts';
import { FAILED, HEALED, inJournal, OUTAGE } from '../judge-synthetic.ts';
import { sampleFis } from '../sample/fis.ts';
import { fisEnded } from '../synthetic/fis.ts';
import type { SyntheticOptions } from '../synthetic/options.ts';
import { plantOutage } from '../synthetic/outage.ts';
import { afterLast, type Cause, every, inFile, type JournalChange, type Plant } from './cause.ts';

export const HEALED_OUTAGE: SyntheticOptions = { ...OUTAGE, plant: plantOutage(HEALED) };

type Named = [name: string, options: () => SyntheticOptions];

const journal = (name: string, changeJournal: JournalChange): Named => [name, () => ({ changeJournal })];
const both =
  (...changes: JournalChange[]): JournalChange =>
  (lines) =>
    changes.forEach((change) => change(lines));

/** No fault events, as when the harness injects nothing. */
const withoutFaults: JournalChange = (lines) => {
  lines.splice(0, lines.length, ...lines.filter(({ event }) => !event.kind.startsWith('fault-')));
};
const READING = {
  point: 'api-ap',
  probe: 'GET http://127.0.0.1:18080/health',
  outcome: 'answered',
  tookMs: 3,
} as const;
const noBite = { bites: false, sinceT0Ms: null, readings: [{ ...READING, value: 200 }] };
const stillThere = { gone: false, sinceT0Ms: null, readings: [{ ...READING, outcome: 'error', value: 503 }] };

const DAMAGED: Named[] = [
  journal('fault-not-gone', inJournal('fault-gone', stillThere)),
  journal('fault-gone-unseen', inJournal('fault-gone', null)),
  journal('fault-of-a-dead-harness', (lines) => {
    lines.splice(lines.findIndex(({ event }) => event.kind === 'fault-intent') + 1);
  }),
  journal(
    'left-evacuated',
    afterLast('fault-gone', {
      kind: 'evacuation',
      step: 'undone',
      ok: false,
      sinceT0Ms: 72_100,
      tookMs: 30_000,
      message: 'no answer within 30 s',
    }),
  ),
];

const { experiments } = sampleFis();
/** Wall-clock time at which the fault is told to stop. */
const TOLD_MS = Date.UTC(2025, 0, 1, 0, 0, 10) + 72_000;
const STOPPED = experiments.map((one) => ({ ...one, endEpochMs: TOLD_MS + 3_000 }));
/** The outage went through FIS, in these regions. */
const throughFis = (change: JournalChange): SyntheticOptions => ({
  changePlan: (plan) => void (plan.experiment!.driver = 'fis'),
  changeJournal: (lines) => {
    const place = { endpoint: null, scale: null };
    const previews = STOPPED.map(({ region }): JournalEvent => ({
      kind: 'fis-preview',
      fault: 1,
      place,
      region,
      targets: [],
      doubts: [],
    }));
    afterLast('lanes-calibrated', ...previews)(lines);
    change(lines);
  },
});
const oneIs = (change: object): JournalChange =>
  fisEnded({ experiments: STOPPED.map((one, i) => (i === 1 ? { ...one, ...change } : one)) });

const UNTESTED: Named[] = [
  journal('fault-without-bite', inJournal('fault-bites', noBite)),
  journal('fault-bite-unseen', inJournal('fault-bites', null)),
  journal('fault-never-started', withoutFaults),
  journal('fault-failed', afterLast('fault-bites', { kind: 'fault-failed', fault: 1, message: 'it ended by itself' })),
  journal('fis-not-exercised', fisEnded({ experiments, notExercised: ['an action in eu-west-1: skipped'] })),
  ['fis-unheard', () => throughFis(() => undefined)],
  ['fis-of-one-region-unheard', () => throughFis(fisEnded({ experiments: STOPPED.slice(1) }))],
  ['fis-ended-early', () => throughFis(oneIs({ endEpochMs: TOLD_MS - 20_000 }))],
  ['fis-failed', () => throughFis(oneIs({ status: 'failed' }))],
  ['fis-stopped', () => throughFis(oneIs({}))],
  [
    'experiment-without-faults',
    () => ({ changePlan: ({ experiment }) => void (experiment!.faults = []), plant: () => undefined }),
  ],
  [
    'second-fault-without-bite',
    () => ({
      experiment: { ...OUTAGE.experiment!, faults: [0, 20_000].map((atMs) => ({ atMs, forMs: 10_000 })) },
      changeJournal: (lines) => {
        for (const { event } of lines)
          if (event.kind === 'fault-bites' && event.fault === 2) Object.assign(event, noBite);
      },
    }),
  ],
];

/** A fault with this declared effect on clients; it changes nothing by itself. */
const promises = (hurts: Partial<ClientHarm>, plant: Plant = () => undefined): SyntheticOptions => ({
  changePlan: ({ experiment }) => {
    const harm = { regions: ['ap-southeast-1'], share: 1, slowerByMs: null, ...hurts };
    for (const fault of experiment!.faults) fault.hurts = harm;
  },
  plant,
});

const UNFELT: Named[] = [
  ['felt', () => promises({}, plantOutage(HEALED))],
  ['felt-by-nobody', () => promises({})],
  ['felt-by-nobody-of-some', () => promises({ share: 0.3 })],
  [
    'felt-too-little',
    () =>
      promises(
        { slowerByMs: 2_000 },
        every(
          1,
          ({ home, dueMs }) => home === 2 && dueMs >= OUTAGE.fromMs && dueMs < OUTAGE.toMs,
          () => ({ totalUs: 300_000 }),
        ),
      ),
  ],
  [
    'felt-by-nobody-there',
    () =>
      promises({}, ({ operation, dueMs }, { requestedRegion }) =>
        operation.via === 'region' && requestedRegion === 2 && dueMs >= OUTAGE.fromMs - 1_000 && dueMs < OUTAGE.toMs
          ? { requestedRegion: 1, servedRegion: 1 }
          : undefined,
      ),
  ],
];

const GUARD: JournalEvent = { kind: 'guard', guard: 'outside-bad-share', message: '14 % outside the fault were bad' };
/** Region 1 violated its claims in the baseline. */
const brokenBefore = (): Plant =>
  every(
    20,
    ({ home, role }) => home === 1 && role !== 'control',
    () => FAILED,
  );

const ENDED: Named[] = [
  ['interrupted', () => ({ stopAtMs: 60_000 })],
  journal('reverted-by-a-person', inJournal('fault-revert', { why: 'interrupt' })),
  ['stopped-at-a-limit', () => ({ stopAtMs: 90_000, changeJournal: inJournal('stop-requested', { why: 'limit' }) })],
  [
    'stopped-by-the-harness',
    () => ({ stopAtMs: 90_000, changeJournal: inJournal('stop-requested', { why: 'error' }) }),
  ],
  journal('without-an-end', inJournal('ended', null)),
  journal('ended-by-a-guard', afterLast('fault-bites', GUARD)),
  journal('ended-by-abort', inJournal('fault-revert', { why: 'abort' })),
  journal('state-aborted', afterLast('fault-gone', { kind: 'state', state: 'ABORTED' })),
  ['broken-before', () => ({ plant: brokenBefore(), changeJournal: withoutFaults })],
  [
    'broken-before-by-a-guard',
    () => ({
      plant: brokenBefore(),
      changeJournal: both(afterLast('clock', { ...GUARD, guard: 'baseline' }), withoutFaults),
    }),
  ],
  ['broken-before-and-injected', () => ({ plant: brokenBefore() })],
];

const STEP = inJournal('clock', { stepMs: 80 });
/** Wrong cart winners are a violated invariant, whatever the validity of the run. */
const wrongWinners = (more: SyntheticOptions): SyntheticOptions => ({
  experiment: { ...OUTAGE.experiment!, limits: { wrongCartWinners: 0 } },
  plant: (occasion, drawn) => (occasion.role === 'cart' ? undefined : plantOutage(HEALED)(occasion, drawn)),
  carts: { apart: { regions: [0, 2], afterHealMs: 1_000 }, lastArrivalWins: true },
  ...more,
});
const tooLateIn = (region: number): Plant => {
  const late = every(
    20,
    ({ home, role }) => home === region && role !== 'control',
    ({ startMs }) => ({ startMs: startMs + 30 }),
  );
  return (occasion, drawn) => ({ ...plantOutage(HEALED)(occasion, drawn), ...late(occasion, drawn) });
};

const SEVERAL: Named[] = [
  journal('clock-of-an-experiment', STEP),
  ['late-in-the-hurt-region', () => ({ plant: tooLateIn(2) })],
  ['late-in-another-region', () => ({ plant: tooLateIn(1) })],
  ['wrong-winners', () => wrongWinners({})],
  ['wrong-winners-and-clock', () => wrongWinners({ changeJournal: STEP })],
  ['wrong-winners-and-rows-missing', () => wrongWinners({ changeRows: (rows) => rows.filter((_, i) => i % 50 !== 7) })],
  journal('clock-and-no-bite', both(STEP, inJournal('fault-bites', noBite))),
  journal('clock-and-not-gone', both(STEP, inJournal('fault-gone', stillThere))),
  journal('clock-and-guard', both(STEP, afterLast('fault-bites', GUARD))),
  ['clock-and-interrupted', () => ({ stopAtMs: 60_000, changeJournal: STEP })],
  ['clock-and-broken-before', () => ({ plant: brokenBefore(), changeJournal: both(STEP, withoutFaults) })],
  [
    'rows-missing-and-stopped',
    () => ({
      stopAtMs: 90_000,
      changeJournal: inJournal('stop-requested', { why: 'limit' }),
      changeRows: (rows) => rows.filter(({ startMs }) => startMs < 20_000 || startMs > 20_300),
    }),
  ],
  journal(
    'no-bite-and-stopped-by-the-harness',
    both(inJournal('fault-bites', noBite), (lines) => {
      const error: JournalEvent = { kind: 'stop-requested', why: 'error', message: 'the keeper is gone' };
      afterLast('generator-health', error)(lines);
    }),
  ),
];

const UNREADABLE: Cause[] = [
  { name: 'unreadable-plan', after: inFile('plan.json', () => '{') },
  { name: 'unreadable-timetable', after: inFile('timetable.bin', (bytes) => bytes.slice(16)) },
  { name: 'unreadable-journal', after: inFile('journal.jsonl', (text) => `${text}{\n`) },
  { name: 'journal-gone', after: (dir) => rm(join(dir, 'journal.jsonl')) },
];

export const CAUSES_OF_EXPERIMENTS: Cause[] = [
  { name: 'healed' },
  ...[...DAMAGED, ...UNTESTED, ...UNFELT, ...ENDED, ...SEVERAL].map(([name, options]) => ({ name, options })),
  ...UNREADABLE,
];
