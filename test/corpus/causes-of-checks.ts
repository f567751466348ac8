/**
 * The causes that make each check of a run fail: one run per cause, without an experiment. `fails` lists the failing
 * checks in the order of reports. Some causes fail two: if the end of the generator was not recorded, neither was its
 * clock.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ValidityCheck } from '../../reports/run-result.ts';
import type { LaneCalibration, RegionCounter } from '../../src/formats/journal.ts';
import { ERRORS, type RecordedRow, ROW_STATE } from '../../src/formats/recording.ts';
import { TIMETABLE_ROW_BYTES } from '../../src/formats/timetable.ts';
import { FAILED, inJournal, REFUSED } from '../judge-synthetic.ts';
import type { Occasion, SyntheticOptions } from '../synthetic/options.ts';
import { afterLast, type Cause, every, inFile, type JournalChange, type Plant } from './cause.ts';

export interface CheckCause extends Cause {
  fails: ValidityCheck['id'][];
}

const isEcho = ({ role }: Occasion): boolean => role === 'control';
const isLoad = (occasion: Occasion): boolean => !isEcho(occasion);
const isMix = ({ role }: Occasion): boolean => role === 'mix';

const counters =
  (change: (counters: RegionCounter[]) => RegionCounter[]): JournalChange =>
  (lines) => {
    for (const { event } of lines) if (event.kind === 'world-counters') event.counters = change(event.counters);
  };
/** The target counted this many more requests in its n-th counter. */
const miscounted = (at: number, more: number): JournalChange =>
  counters((all) => all.map((one, i) => (i === at ? { ...one, requests: one.requests + more } : one)));

const lanes =
  (change: (lanes: LaneCalibration[]) => LaneCalibration[]): JournalChange =>
  (lines) => {
    for (const { event } of lines) if (event.kind === 'lanes-calibrated') event.lanes = change(event.lanes);
  };
const firstLane = (change: Partial<LaneCalibration>): JournalChange =>
  lanes(([first, ...rest]) => [{ ...first!, ...change }, ...rest]);

const withError = (error: (typeof ERRORS)[number]): Plant =>
  every(10, isMix, () => ({ ...REFUSED, error: ERRORS.indexOf(error) }));

/** A row that is not in the plan and that the target did not count. */
const stranger =
  (of: (rows: RecordedRow[]) => RecordedRow) =>
  (rows: RecordedRow[]): RecordedRow[] => [...rows, { ...of(rows), status: 0 }];

const changeSeal = (change: (seal: { files: { name: string }[]; journal: { chain: string } }) => unknown) =>
  inFile('seal.json', (text) => JSON.stringify(change(JSON.parse(text) as Parameters<typeof change>[0])));

const SEAL: CheckCause[] = [
  {
    name: 'seal-recording-altered',
    fails: ['seal'],
    options: () => ({ foreign: ['hello'] }),
    after: inFile('recording.log', (text) => text.replace('hello', 'jello')),
  },
  { name: 'seal-recording-longer', fails: ['seal'], after: inFile('recording.log', (text) => `${text}more\n`) },
  {
    name: 'seal-plan-altered',
    fails: ['seal'],
    after: inFile('plan.json', (text) => text.replace('Planted outcomes', 'Planned outcomes')),
  },
  {
    name: 'seal-journal-altered',
    fails: ['seal'],
    after: inFile('journal.jsonl', (text) => text.replace('"rssBytes":180000000', '"rssBytes":180000001')),
  },
  {
    name: 'seal-file-unnamed',
    fails: ['seal'],
    after: changeSeal(({ files, ...seal }) => ({ ...seal, files: files.filter((f) => f.name !== 'timetable.bin') })),
  },
  {
    name: 'seal-chain-broken',
    fails: ['seal'],
    after: changeSeal((seal) => ({ ...seal, journal: { ...seal.journal, chain: '0'.repeat(64) } })),
  },
  { name: 'seal-unreadable', fails: ['seal'], after: inFile('seal.json', () => '{') },
  { name: 'seal-of-another-version', fails: ['seal'], after: changeSeal((seal) => ({ ...seal, version: 9 })) },
  {
    name: 'seal-recording-gone',
    fails: ['seal', 'conservation', 'target-counters', 'mix', 'generator-lag', 'control-series'],
    after: (dir) => rm(join(dir, 'recording.log')),
  },
  {
    name: 'seal-altered-and-clock',
    fails: ['seal', 'clock'],
    options: () => ({ changeJournal: inJournal('clock', { stepMs: 80 }) }),
    after: inFile('recording.log', (text) => `${text}more\n`),
  },
];

/** Gives the last row of the timetable, an echo, an operation that is not in the plan. */
async function lastRowUnknown(dir: string): Promise<void> {
  const bytes = await readFile(join(dir, 'timetable.bin'));
  bytes.writeUInt16LE(999, bytes.length - TIMETABLE_ROW_BYTES + 4);
  await writeFile(join(dir, 'timetable.bin'), bytes);
}

const CONSERVATION: CheckCause[] = [
  ...(
    [
      ['plan-has-other-rows', () => ({ changePlan: (plan) => void (plan.rows += 1) })],
      ['row-missing', () => ({ changeRows: (rows) => rows.toSpliced(rows.length >> 1, 1) })],
      ['last-row-missing', () => ({ changeRows: (rows) => rows.slice(0, -1) })],
      ['row-doubled', () => ({ changeRows: (rows) => rows.flatMap((row, i) => (i === 100 ? [row, row] : [row])) })],
      ['row-unknown', () => ({ changeRows: stranger((rows) => ({ ...rows.at(-1)!, row: 4_000_000 })) })],
      ['step-unknown', () => ({ changeRows: stranger((rows) => ({ ...rows.at(-1)!, step: 1 })) })],
      [
        'step-of-journey-unknown',
        () => ({ changeRows: stranger((rows) => ({ ...rows.find(({ step }) => step === 1)!, step: 2 })) }),
      ],
      ['line-of-half-a-row', () => ({ foreign: ['@r AAAA'] })],
      ['line-not-base64', () => ({ foreign: [`@r ${'*'.repeat(64)}`] })],
      ['line-not-json', () => ({ foreign: ['@j {'] })],
      ['two-lines-malformed', () => ({ foreign: ['@r AAAA', '@j {'] })],
    ] satisfies [name: string, options: () => SyntheticOptions][]
  ).map(([name, options]): CheckCause => ({ name: `conservation-${name}`, fails: ['conservation'], options })),
  { name: 'conservation-operation-unknown', fails: ['conservation'], before: lastRowUnknown },
];

/** Causes that `options` can express, by the one check that fails. */
const PLANTED: [check: ValidityCheck['id'], name: string, options: () => SyntheticOptions][] = [
  ['target-counters', 'missing', () => ({ changeJournal: inJournal('world-counters', null) })],
  ['target-counters', 'more', () => ({ changeJournal: miscounted(1, 1) })],
  ['target-counters', 'fewer', () => ({ changeJournal: miscounted(1, -1) })],
  ['target-counters', 'edge-fewer', () => ({ changeJournal: miscounted(3, -1) })],
  ['target-counters', 'no-such-region', () => ({ changeJournal: counters((all) => all.slice(1)) })],
  [
    'mix',
    'planned-otherwise',
    () => ({
      changePlan: ({ streams }) => {
        const busiest = streams.find((stream) => stream.role === 'mix' && stream.phase === 1)!;
        busiest.requests = busiest.requests.map((n) => n * 2);
      },
    }),
  ],
  ['mix', 'none', () => ({ ratePerSecond: 0 })],
  [
    'generator-resources',
    'lanes',
    () => ({
      changeJournal: afterLast(
        't0',
        { kind: 'generator-exhausted', errno: 'EADDRNOTAVAIL', where: 'dial', count: 1 },
        { kind: 'generator-exhausted', errno: 'EADDRNOTAVAIL', where: 'dial', count: 40 },
        { kind: 'generator-exhausted', errno: 'EMFILE', where: 'accept', count: 3 },
      ),
    }),
  ],
  ['generator-resources', 'k6', () => ({ plant: withError('generator') })],
  [
    'generator-resources',
    'unasked',
    () => ({ plant: withError('resolve'), changePlan: ({ target }) => void (target.world = null) }),
  ],
  [
    'generator-resources',
    'slow-look-ups',
    () => ({ plant: every(10, isMix, ({ totalUs }) => ({ resolveUs: 2_000_000, totalUs })) }),
  ],
  [
    'generator-lag',
    'one-region',
    () => ({
      plant: every(
        40,
        (o) => isLoad(o) && o.home === 1,
        ({ startMs }) => ({ startMs: startMs + 30 }),
      ),
    }),
  ],
  ['generator-lag', 'everywhere', () => ({ plant: every(20, isLoad, ({ startMs }) => ({ startMs: startMs + 30 })) })],
  [
    'generator-lag',
    'nothing-judged',
    () => ({ plant: every(1, isLoad, ({ state }) => ({ state: state | ROW_STATE.interrupted })) }),
  ],
  ['control-series', 'slow', () => ({ plant: every(4, isEcho, () => ({ totalUs: 60_000 })) })],
  ['control-series', 'failed', () => ({ plant: every(4, isEcho, () => FAILED) })],
  [
    'control-series',
    'none',
    () => ({ plant: every(1, isEcho, ({ state }) => ({ state: state | ROW_STATE.interrupted })) }),
  ],
  [
    'generator-cpu',
    'used-up',
    () => ({ changeJournal: inJournal('generator-health', { cpuSeconds: 95, wallSeconds: 100 }) }),
  ],
  ['generator-cpu', 'not-measured', () => ({ changeJournal: inJournal('generator-health', null) })],
  ['generator-cpu', 'without-cores', () => ({ changeJournal: inJournal('generator-health', { cores: 0 }) })],
  [
    'generator-exit',
    'crashed',
    () => ({ changeJournal: inJournal('generator-ended', { exitCode: 107, message: 'wait\nscript exception' }) }),
  ],
  [
    'generator-exit',
    'killed',
    () => ({ changeJournal: inJournal('generator-ended', { exitCode: null, signal: 'SIGKILL' }) }),
  ],
  ['generator-exit', 'unknown', () => ({ changeJournal: inJournal('generator-ended', { exitCode: null }) })],
  ['clock', 'back', () => ({ changeJournal: inJournal('clock', { stepMs: -5.2 }) })],
  ['clock', 'forth', () => ({ changeJournal: inJournal('clock', { stepMs: 12_345 }) })],
  ['clock', 'not-watched', () => ({ changeJournal: inJournal('t0', null) })],
  ['calibration', 'none', () => ({ changeJournal: inJournal('lanes-calibrated', null) })],
  ['calibration', 'lane-off', () => ({ changeJournal: firstLane({ nominalMs: 92, p50Ms: 94.1 }) })],
  ['calibration', 'lane-missing', () => ({ changeJournal: lanes((all) => all.slice(1)) })],
  ['calibration', 'lane-without-samples', () => ({ changeJournal: firstLane({ samples: 0 }) })],
  ['calibration', 'lane-without-figure', () => ({ changeJournal: firstLane({ p50Ms: Number.NaN }) })],
  [
    'calibration',
    'all-lanes-off',
    () => ({ changeJournal: lanes((all) => all.map((lane) => ({ ...lane, p50Ms: lane.nominalMs + 1_500 }))) }),
  ],
];

export const CAUSES_OF_CHECKS: CheckCause[] = [
  ...SEAL,
  ...CONSERVATION,
  ...PLANTED.map(([check, name, options]): CheckCause => ({ name: `${check}-${name}`, fails: [check], options })),
  {
    name: 'generator-exit-unseen',
    fails: ['generator-exit', 'clock'],
    options: () => ({ changeJournal: inJournal('generator-ended', null) }),
  },
];
