/**
 * Writes run directories without a run: a plan, a timetable, a recording with planted outcomes and a journal, so that
 * the judge and the renderers can be tested against truths that are known. Three regions, sixteen cities, the
 * operations and default claims of targets/active-active. Everything is drawn from one seed.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExperimentLimits, PlanExperiment } from '../src/formats/faults.ts';
import type { JournalEvent, LaneCalibration } from '../src/formats/journal.ts';
import {
  DEFAULT_VALIDITY,
  type PlanCell,
  type PlanClaim,
  type PlanOperation,
  type PlanOrigin,
  type PlanPhase,
  type PlanRegion,
  type PlanStream,
  type RunPlan,
} from '../src/formats/plan.ts';
import {
  emptyRow,
  ERRORS,
  JSON_PREFIX,
  NO_REGION,
  packRow,
  type RareEvent,
  type RecordedRow,
  ROW_PREFIX,
  ROW_STATE,
  ROW_WORDS,
  SOURCES,
} from '../src/formats/recording.ts';
import {
  type ClientRole,
  CLIENT_ROLES,
  type Cohort,
  COHORTS,
  NO_RETRIES,
  TIMETABLE_ROW_WORDS,
  type TimetableIndex,
} from '../src/formats/timetable.ts';
import { sealRun } from '../reports/seal.ts';
import { sessionRows } from '../src/plan/sessions.ts';
import { cartOf, playCarts, type SyntheticCarts } from './synthetic-carts.ts';

/** What a planted outcome may look at: everything that is known of a request before it is sent. */
export interface Occasion {
  row: number;
  dueMs: number;
  step: number;
  role: ClientRole;
  cohort: Cohort;
  origin: PlanOrigin;
  operation: PlanOperation;
  home: number;
}

/** Faults in one or more regions, after the judged load, which becomes their baseline. */
export interface SyntheticExperiment {
  /** Since the end of the baseline: asked then, undone then. The bite is seen 40 ms later, the healing 60 ms later. */
  faults: { atMs: number; forMs: number }[];
  /** Regions that may be hurt. */
  regions?: number[];
  limits?: Partial<ExperimentLimits>;
  settleMs?: number;
  recoveryMs?: number;
  /** From when on there are clock clients, ms since T0, and how many requests a second of each city and cohort. */
  clockFromMs?: number;
  clockPerSecond?: number;
}

export const BITE_AFTER_MS = 40;
export const GONE_AFTER_MS = 60;

export interface SyntheticOptions {
  seed?: number;
  /** How many of the sixteen cities, and of the three regions, the run has. */
  cities?: number;
  regions?: number;
  ratePerSecond?: number;
  /** Probe reads and writes per region and second, tracer and control requests per second. */
  probesPerSecond?: number;
  warmUpMs?: number;
  judgedMs?: number;
  runId?: string;
  quick?: boolean;
  /** Stops the run at this instant, as Ctrl-C does. */
  stopAtMs?: number;
  /** How far each replica is behind, ms. */
  replicaLagMs?: number;
  /** Lets sessions write, read and delete records of their own in every region; a deleted one reads 404. */
  sessions?: boolean;
  /** Makes it a run with faults: the journal says they came and went; what they did is for `plant` to say. */
  experiment?: SyntheticExperiment;
  /** Edits of carts from every region, in runs with faults. */
  carts?: SyntheticCarts;
  /** Changes the outcome of a request; what it returns wins over the drawn one. */
  plant?: (occasion: Occasion, drawn: Readonly<RecordedRow>) => Partial<RecordedRow> | undefined;
  /** Second attempts, 100 ms after the first: what differs from a good answer at home; undefined for none. */
  retry?: (occasion: Occasion, first: Readonly<RecordedRow>) => Partial<RecordedRow> | undefined;
  /** Changes the plan, the rows (in the order they are written) or the journal before they are written. */
  changePlan?: (plan: RunPlan) => void;
  changeRows?: (rows: RecordedRow[]) => RecordedRow[];
  changeJournal?: (events: { ms: number | null; event: JournalEvent }[]) => void;
  /** Text put at the end of the recording, e.g. a torn line. */
  tail?: string;
  /** Lines of other origin, put between the rows. */
  foreign?: string[];
  seal?: boolean;
}

export interface SyntheticRun {
  dir: string;
  plan: RunPlan;
  index: TimetableIndex;
  rows: RecordedRow[];
}

/** A small seeded generator (mulberry32), uniform in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const REGIONS: [id: string, city: string, lat: number, lon: number][] = [
  ['us-east-1', 'ashburn', 39.04, -77.49],
  ['eu-west-1', 'dublin', 53.35, -6.26],
  ['ap-southeast-1', 'singapore', 1.35, 103.82],
];

const CITIES: [id: string, country: string, lat: number, lon: number, weight: number][] = [
  ['tokyo', 'JP', 35.68, 139.69, 14],
  ['london', 'GB', 51.51, -0.13, 8],
  ['new-york', 'US', 40.71, -74.01, 9],
  ['singapore', 'SG', 1.35, 103.82, 8],
  ['jakarta', 'ID', -6.21, 106.85, 8],
  ['mumbai', 'IN', 19.08, 72.88, 9],
  ['sydney', 'AU', -33.87, 151.21, 6],
  ['seoul', 'KR', 37.57, 126.98, 6],
  ['hong-kong', 'HK', 22.32, 114.17, 5],
  ['bangkok', 'TH', 13.76, 100.5, 5],
  ['manila', 'PH', 14.6, 120.98, 5],
  ['taipei', 'TW', 25.03, 121.57, 4],
  ['frankfurt', 'DE', 50.11, 8.68, 4],
  ['sao-paulo', 'BR', -23.55, -46.63, 4],
  ['kuala-lumpur', 'MY', 3.14, 101.69, 3],
  ['auckland', 'NZ', -36.85, 174.76, 2],
];

function distanceKm(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const rad = Math.PI / 180;
  const h =
    Math.sin(((lat2 - lat1) * rad) / 2) ** 2 +
    Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(h));
}

const rtt = (lat1: number, lon1: number, lat2: number, lon2: number): number =>
  Math.round((4 + 0.0167 * distanceKm(lat1, lon1, lat2, lon2)) * 100) / 100;

const operation = (name: string, klass: PlanOperation['class'], method: string, path: string): PlanOperation => ({
  name,
  class: klass,
  kind: 'request',
  method,
  path,
  body: null,
  headers: {},
  expect: [200],
  timeoutMs: 5000,
  steps: [],
  via: klass === 'static' ? 'edge' : 'region',
});

const OPERATIONS: PlanOperation[] = [
  operation('list', 'read', 'GET', '/products?tenant={tenant}&page={key}'),
  operation('get', 'read', 'GET', '/products/{key}'),
  operation('update', 'write', 'PUT', '/products/{key}'),
  operation('login', 'auth', 'POST', '/sessions'),
  operation('session-check', 'auth', 'GET', '/sessions/current'),
  { ...operation('sign-in', 'auth', '', ''), kind: 'journey', steps: [3, 4] },
  operation('asset', 'static', 'GET', '/assets/{key}.js'),
  operation('tracer-write', 'write', 'PUT', '/products/{key}'),
  operation('tracer-read', 'read', 'GET', '/products/{key}'),
  { ...operation('echo', 'read', 'GET', '/echo'), timeoutMs: 1000 },
  operation('session-write', 'write', 'PUT', '/products/{key}'),
  { ...operation('session-read', 'read', 'GET', '/products/{key}'), expect: [200, 404] },
  operation('session-delete', 'write', 'DELETE', '/products/{key}'),
  operation('cart-read', 'read', 'GET', '/carts/{key}'),
  operation('cart-write', 'write', 'PUT', '/carts/{key}'),
  { ...operation('cart-edit', 'write', '', ''), kind: 'journey', steps: [13, 14] },
];

const SESSION = { write: 10, read: 11, delete: 12 };
/** Beyond every other key; one for each session. */
const SESSION_KEY = 1_000_000;

/** Shares of the mix by operation index. */
const MIX: [operation: number, share: number][] = [
  [0, 0.3],
  [1, 0.35],
  [2, 0.15],
  [5, 0.08],
  [6, 0.12],
];

const CLAIMS: PlanClaim[] = claims([
  ['read-p99', 'reads p99 <= 120 ms in the region', 'latency', ['read'], 'region', 'region', true, 0.01],
  [
    'write-p99',
    'writes p99 <= 120 ms plus the round trip to the primary',
    'latency',
    ['write'],
    'region',
    'region',
    true,
    0.01,
  ],
  [
    'good',
    '99.9 % of all requests answered as expected',
    'availability',
    ['read', 'write', 'static', 'auth'],
    'any',
    'region',
    true,
    0.001,
  ],
  [
    'home-share',
    '99 % of requests served by their home region',
    'home-share',
    ['read', 'write', 'auth'],
    'client',
    'region',
    true,
    0.01,
  ],
  ['staleness', '99 % of replica reads at most 500 ms behind', 'staleness', ['read'], 'any', 'region', true, 0.01],
  [
    'client-p99',
    'what people in each city get, p99 <= 120 ms',
    'latency',
    ['read', 'write', 'static', 'auth'],
    'client',
    'origin',
    false,
    0.01,
  ],
]);

/** What an experiment adds: during the fault outside its regions, and everywhere after it. */
const DURING_CLAIMS: PlanClaim[] = claims([
  [
    'during-good',
    '99 % of all requests answered as expected outside the fault',
    'availability',
    ['read', 'write', 'static', 'auth'],
    'any',
    'region',
    true,
    0.01,
  ],
  ['during-read-p99', 'reads p99 <= 120 ms outside the fault', 'latency', ['read'], 'region', 'region', true, 0.01],
]);
const AFTER_CLAIMS: PlanClaim[] = claims([
  [
    'after-good',
    '99 % of all requests answered as expected after the fault',
    'availability',
    ['read', 'write', 'static', 'auth'],
    'any',
    'region',
    true,
    0.01,
  ],
  ['after-read-p99', 'reads p99 <= 120 ms after the fault', 'latency', ['read'], 'region', 'region', true, 0.01],
  [
    'after-home-share',
    '99 % of requests served by their home region after the fault',
    'home-share',
    ['read', 'write', 'auth'],
    'client',
    'region',
    true,
    0.01,
  ],
]);

type ClaimWords = [
  id: string,
  title: string,
  metric: PlanClaim['metric'],
  classes: PlanClaim['classes'],
  vantage: PlanClaim['vantage'],
  per: PlanClaim['per'],
  gating: boolean,
  maxBadShare: number,
];

function claims(words: ClaimWords[]): PlanClaim[] {
  return words.map(([id, title, metric, classes, vantage, per, gating, maxBadShare]) => ({
    id,
    title,
    metric,
    classes,
    vantage,
    per,
    gating,
    maxBadShare,
    phase: 'baseline',
    only: null,
  }));
}

function claimsOf(regions: PlanRegion[], experiment: SyntheticExperiment | undefined): PlanClaim[] {
  if (!experiment) return structuredClone(CLAIMS);
  const hurt = experiment.regions ?? [2];
  const outside = [...regions.keys()].filter((region) => !hurt.includes(region));
  return structuredClone([
    ...CLAIMS.map((claim) => ({ ...claim, gating: false })),
    ...DURING_CLAIMS.map((claim) => ({ ...claim, phase: 'fault' as const, only: outside })),
    ...AFTER_CLAIMS.map((claim) => ({ ...claim, phase: 'recovery' as const })),
    ...((experiment.limits?.stalenessMs ?? null) === null
      ? []
      : CLAIMS.filter(({ metric }) => metric === 'staleness').map((claim) => ({
          ...claim,
          id: 'during-staleness',
          phase: 'fault' as const,
          only: hurt,
        }))),
  ]);
}

interface PlannedClient {
  origin: number;
  cohort: number;
  role: number;
  rows: { dueMs: number; operation: number; key: number }[];
}

/** Writes `dir` as a sealed run directory and returns what was written. */
export async function writeSyntheticRun(dir: string, options: SyntheticOptions = {}): Promise<SyntheticRun> {
  const random = seeded(options.seed ?? 1);
  const plan = makePlan(options);
  const clients = makeClients(plan, options, random);
  const { index, words } = makeTimetable(clients);
  countPlanned(plan, clients);
  plan.streams = streamsOf(plan, clients);
  plan.rows = index.totalRows;
  plan.mixRows = clients.filter((c) => c.role === 0).reduce((sum, c) => sum + c.rows.length, 0);
  options.changePlan?.(plan);
  const { lines, rare } = play(plan, clients, index, options, random);
  let rows = lines;
  if (options.changeRows) rows = options.changeRows(rows);
  const carts = options.carts ? playCarts(plan, rows, words, options.carts) : null;

  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'plan.json'), JSON.stringify(plan));
  await writeFile(join(dir, 'timetable.json'), JSON.stringify(index));
  await writeFile(join(dir, 'timetable.bin'), new Uint8Array(words.buffer));
  await writeFile(
    join(dir, 'recording.log'),
    recordingText(rows, index, options.foreign ?? [], [...rare, ...(carts?.events ?? [])]) + (options.tail ?? ''),
  );
  await writeFile(join(dir, 'journal.jsonl'), journalText(plan, rows, options, carts ? [carts.final] : []));
  if (options.seal !== false) await sealRun(dir);
  return { dir, plan, index, rows };
}

function makePlan(options: SyntheticOptions): RunPlan {
  const warmUpMs = options.warmUpMs ?? 2000;
  const judgedMs = options.judgedMs ?? 60_000;
  const regions: PlanRegion[] = REGIONS.slice(0, options.regions ?? 3).map(([id, city, lat, lon], i) => ({
    id,
    city,
    lat,
    lon,
    rttToPrimaryMs: i === 0 ? 0 : rtt(lat, lon, REGIONS[0]![2], REGIONS[0]![3]),
    replica: i > 0,
  }));
  const chosen = CITIES.slice(0, options.cities ?? 16);
  const weights = chosen.reduce((sum, c) => sum + c[4], 0);
  const base = { share: 0, populationShare: 0, rttSource: regions.map(() => 'modelled' as const) };
  const none: PlanOrigin['access'] = [];
  const origins: PlanOrigin[] = chosen.map(([id, country, lat, lon, weight]) => {
    const rttMs = regions.map((r) => rtt(lat, lon, r.lat, r.lon));
    return {
      ...base,
      id,
      kind: 'city',
      city: id,
      country,
      lat,
      lon,
      share: weight / weights,
      populationShare: weight / weights,
      homeRegion: rttMs.indexOf(Math.min(...rttMs)),
      rttMs,
      access: [{ kind: 'fixed', share: 1, lastMileMs: 6, jitterMedianMs: 1, jitterSigmaLog: 0.6 }],
    };
  });
  for (const [i, region] of regions.entries()) {
    const rttMs = regions.map((r) => (r === region ? 0 : rtt(region.lat, region.lon, r.lat, r.lon)));
    const { id, city, lat, lon } = region;
    origins.push({ ...base, id, kind: 'region', city, country: '', lat, lon, homeRegion: i, rttMs, access: none });
  }
  const here = { city: '', country: '', lat: 0, lon: 0, homeRegion: 0, rttMs: regions.map(() => 0), access: none };
  origins.push({ ...base, id: 'control', kind: 'control', ...here });

  const cells: PlanCell[] = [];
  const claims = claimsOf(regions, options.experiment);
  for (const [claim, c] of claims.entries()) {
    const subjects: (PlanRegion | PlanOrigin)[] = c.per === 'region' ? regions : origins;
    for (const [subject, s] of subjects.entries()) {
      if (c.only !== null && !c.only.includes(subject)) continue;
      if (c.per === 'origin' && (s as PlanOrigin).kind !== 'city') continue;
      if (c.metric === 'staleness' && !(s as PlanRegion).replica) continue;
      const plus = c.id === 'write-p99' ? (s as PlanRegion).rttToPrimaryMs! : 0;
      const stalenessMs = c.id === 'during-staleness' ? options.experiment!.limits!.stalenessMs! : 500;
      const limitMs = c.metric === 'latency' ? 120 + plus : c.metric === 'staleness' ? stalenessMs : null;
      const floorMs = c.metric !== 'latency' ? null : c.per === 'origin' ? Math.min(...(s as PlanOrigin).rttMs) : plus;
      cells.push({
        claim,
        subject,
        limitMs,
        floorMs,
        infeasible: floorMs !== null && limitMs !== null && floorMs > limitMs,
        plannedRequests: 0,
        passProbability: 0.995,
        failProbability: 0.95,
        secondsToDecide: judgedMs / 1000,
      });
    }
  }
  const runId = options.runId ?? '20250101-000000-synthetic';
  const phases: PlanPhase[] = [
    { name: 'warm-up', fromMs: 0, toMs: warmUpMs, judged: false },
    { name: 'baseline', fromMs: warmUpMs, toMs: warmUpMs + judgedMs, judged: true },
  ];
  const experiment = options.experiment ? planExperiment(options.experiment, warmUpMs + judgedMs) : null;
  if (options.experiment && experiment) {
    const { settleMs = 10_000, recoveryMs = 60_000 } = options.experiment;
    const endMs = Math.max(...experiment.faults.map((f) => f.toMs));
    phases.push(
      { name: 'fault', fromMs: warmUpMs + judgedMs, toMs: endMs, judged: true },
      { name: 'recovery', fromMs: endMs, toMs: endMs + settleMs, judged: false },
      { name: 'recovery', fromMs: endMs + settleMs, toMs: endMs + settleMs + recoveryMs, judged: true },
    );
  }
  return {
    version: 1,
    runId,
    createdAt: '2025-01-01T00:00:00.000Z',
    command: `npm run load -- --profile synthetic --seed ${options.seed ?? 1}`,
    seed: options.seed ?? 1,
    quick: options.quick ?? false,
    profile: { name: 'synthetic', title: 'Planted outcomes' },
    target: {
      name: 'active-active',
      world: 'active-active',
      defect: null,
      environment: 'local',
      routingSpeed: 'real',
      ttlSeconds: 5,
    },
    lanes: 'emulate',
    regions,
    origins,
    operations: structuredClone(OPERATIONS),
    tenants: ['acme', 'globex'],
    retries: {
      fresh: NO_RETRIES,
      ttl: NO_RETRIES,
      sticky: { most: 1, backoffMs: 100 },
      direct: NO_RETRIES,
    },
    streams: [],
    phases,
    durationMs: phases.at(-1)!.toMs,
    ratePerSecond: options.ratePerSecond ?? 100,
    rows: 0,
    mixRows: 0,
    claims,
    cells,
    validity: { ...DEFAULT_VALIDITY },
    experiment,
    session: options.sessions ? SESSION : null,
  };
}

function planExperiment({ faults, regions = [2], limits }: SyntheticExperiment, fromMs: number): PlanExperiment {
  return {
    name: 'region-outage',
    title: 'A region is gone',
    hypothesis: 'Its clients are served elsewhere.',
    faults: faults.map(({ atMs, forMs }, i) => ({
      number: i + 1,
      kind: 'region-outage',
      params: { region: REGIONS[regions[0]!]![0], face: 'refused' },
      sites: regions.map((region) => ({
        driver: 'toxiproxy',
        name: `ingress-${REGIONS[region]![0]}`,
        kind: 'ingress',
        region: REGIONS[region]![0],
        to: null,
      })),
      fromMs: fromMs + atMs,
      toMs: fromMs + atMs + forMs,
    })),
    regions,
    blastRadius: { requestShare: 0.9, durationMs: 600_000 },
    limits: {
      rtoMs: null,
      failBackMs: null,
      recoveryMs: null,
      lostWrites: null,
      wrongCartWinners: null,
      convergenceMs: null,
      stalenessMs: null,
      readP99Ms: null,
      lagAlertMs: null,
      unreportedLagShare: null,
      badShare: null,
      ownReadMs: null,
      goingBackShare: null,
      ...limits,
    },
    guards: { outsideBadShare: 0.1, windowMs: 5000 },
  };
}

/** An outage with a known truth; instants in ms since T0. */
export interface Outage {
  region: number;
  fromMs: number;
  toMs: number;
  /** When each cohort's look-ups begin, and cease, to name another region. Never for those that are left out. */
  follows: Partial<Record<Cohort, { awayMs: number; backMs: number }>>;
  to: number;
  /** `refused`: fails in a millisecond. `blackhole`: hangs until the time-out. `frozen`: hangs until the heal, then answers. */
  face: 'refused' | 'blackhole' | 'frozen';
  timeoutMs?: number;
}

/** Plants an outage: what a client begins while its region is gone fails, and from its cohort's switch on goes elsewhere. */
export function plantOutage(outage: Outage): NonNullable<SyntheticOptions['plant']> {
  const { region, fromMs, toMs, follows, to, face, timeoutMs = 5000 } = outage;
  return ({ home, role, cohort, operation }, drawn) => {
    if (home !== region || role === 'control' || operation.via === 'edge') return undefined;
    const client = role === 'mix' || role === 'clock' || role === 'topup';
    const moved = client ? follows[cohort] : undefined;
    const beganMs = drawn.startMs;
    if (moved && beganMs >= moved.awayMs && beganMs < moved.backMs) return { askedRegion: to, servedRegion: to };
    if (beganMs < fromMs || beganMs >= toMs) return undefined;
    if (face === 'frozen') {
      const waitedUs = Math.round((toMs - beganMs) * 1000);
      if (waitedUs < timeoutMs * 1000) return { totalUs: drawn.totalUs + waitedUs };
    }
    return {
      status: 0,
      error: ERRORS.indexOf(face === 'refused' ? 'refused' : 'timeout'),
      state: drawn.state | ROW_STATE.bad,
      servedRegion: NO_REGION,
      source: 0,
      resolveUs: 0,
      totalUs: face === 'refused' ? 1000 : timeoutMs * 1000,
      blockedUs: 0,
      waitingUs: 0,
      serverUs: 0,
    };
  };
}

function makeClients(plan: RunPlan, options: SyntheticOptions, random: () => number): PlannedClient[] {
  const clients: PlannedClient[] = [];
  const cohorts = [0, 1, 1, 2, 3];
  const endMs = plan.durationMs;
  const spread = (
    role: ClientRole,
    origin: number,
    perSecond: number,
    draw: (dueMs: number, turn: number) => { operation: number; key: number },
    minimumGapMs: number,
  ): void => {
    const n = Math.round((perSecond * endMs) / 1000);
    const times = Array.from({ length: n }, () => Math.floor(random() * endMs)).sort((a, b) => a - b);
    const mine: PlannedClient[] = [];
    for (const [turn, dueMs] of times.entries()) {
      let free = mine.find((c) => c.rows.at(-1)!.dueMs + minimumGapMs <= dueMs);
      if (!free) {
        const cohort = role === 'mix' ? cohorts[Math.floor(random() * cohorts.length)]! : 3;
        free = { origin, cohort, role: CLIENT_ROLES.indexOf(role), rows: [] };
        mine.push(free);
      }
      free.rows.push({ dueMs, ...draw(dueMs, turn) });
    }
    clients.push(...mine);
  };
  const drawMix = (): { operation: number; key: number } => {
    let left = random();
    const found = MIX.find(([, share]) => (left -= share) < 0) ?? MIX[0]!;
    return { operation: found[0], key: 1 + Math.floor(random() ** 3 * 500) };
  };
  const probes = options.probesPerSecond ?? 45;
  for (const [o, origin] of plan.origins.entries()) {
    if (origin.kind === 'city') spread('mix', o, plan.ratePerSecond * origin.share, drawMix, 3000);
    if (origin.kind === 'region') {
      const read = (): { operation: number; key: number } => ({
        operation: random() < 0.7 ? 1 : 2,
        key: 1 + Math.floor(random() * 500),
      });
      spread('probe', o, probes, read, 3000);
      const replica = plan.regions[origin.homeRegion]!.replica;
      if (options.carts)
        spread('cart', o, 4, (dueMs, turn) => ({ operation: 15, key: cartOf(plan, dueMs, turn) }), 1000);
      spread('tracer', o, replica ? probes / 2 : 1, () => ({ operation: replica ? 8 : 7, key: 0 }), 1000);
    }
    if (origin.kind === 'control') spread('control', o, 5, () => ({ operation: 9, key: 0 }), 1000);
  }
  if (options.experiment) clients.push(...clockClients(plan, options.experiment));
  clients.push(...sessionClients(plan));
  return clients;
}

/** One client per region, the rows as a plan has them. */
function sessionClients(plan: RunPlan): PlannedClient[] {
  if (plan.session === null) return [];
  let key = SESSION_KEY;
  const operations = plan.session;
  return [...plan.origins.entries()].flatMap(([origin, { kind }]): PlannedClient[] => {
    if (kind !== 'region') return [];
    const rows = sessionRows(plan.phases, operations).map(({ dueMs, operation, begins }) => {
      if (begins) key += 1;
      return { dueMs, operation, key };
    });
    return [{ origin, cohort: COHORTS.indexOf('direct'), role: CLIENT_ROLES.indexOf('session'), rows }];
  });
}

/** From every city at home in a hurt region, one request of each cohort every 100 ms; enough clients for all to hang. */
function clockClients(plan: RunPlan, experiment: SyntheticExperiment): PlannedClient[] {
  const { regions = [2], clockFromMs = 0, clockPerSecond = 10 } = experiment;
  const hurt = [...plan.origins.entries()].filter(
    ([, origin]) => origin.kind === 'city' && regions.includes(origin.homeRegion),
  );
  const gapMs = 1000 / clockPerSecond;
  const each = Math.ceil(8000 / gapMs);
  return hurt.flatMap(([origin], city) =>
    COHORTS.flatMap((_, cohort) => {
      const shiftMs =
        clockFromMs + Math.floor((gapMs * (city * COHORTS.length + cohort)) / (hurt.length * COHORTS.length));
      const mine = Array.from({ length: each }, (): PlannedClient => ({
        origin,
        cohort,
        role: CLIENT_ROLES.indexOf('clock'),
        rows: [],
      }));
      for (let i = 0; shiftMs + i * gapMs < plan.durationMs; i++)
        mine[i % each]!.rows.push({ dueMs: Math.floor(shiftMs + i * gapMs), operation: 1, key: 1 + (i % 400) });
      return mine.filter((client) => client.rows.length > 0);
    }),
  );
}

function makeTimetable(clients: PlannedClient[]): { index: TimetableIndex; words: Uint32Array } {
  const totalRows = clients.reduce((sum, c) => sum + c.rows.length, 0);
  const words = new Uint32Array(totalRows * TIMETABLE_ROW_WORDS);
  const index: TimetableIndex = {
    version: 1,
    totalRows,
    clients: { firstRow: [], rows: [], origin: [], cohort: [], role: [] },
  };
  let row = 0;
  for (const client of clients) {
    index.clients.firstRow.push(row);
    index.clients.rows.push(client.rows.length);
    index.clients.origin.push(client.origin);
    index.clients.cohort.push(client.cohort);
    index.clients.role.push(client.role);
    for (const { dueMs, operation, key } of client.rows)
      words.set([dueMs, operation, key, 0], TIMETABLE_ROW_WORDS * row++);
  }
  return { index, words };
}

/** What each role sends from where in each phase, counted back from the clients. */
function streamsOf(plan: RunPlan, clients: PlannedClient[]): PlanStream[] {
  const streams: PlanStream[] = [];
  for (const { role, origin, rows } of clients) {
    for (const { dueMs, operation } of rows) {
      const phase = plan.phases.findIndex((p) => dueMs >= p.fromMs && dueMs < p.toMs);
      const name = CLIENT_ROLES[role]!;
      let stream = streams.find((s) => s.role === name && s.origin === origin && s.phase === phase);
      if (!stream) {
        stream = { role: name, origin, phase, requests: plan.operations.map(() => 0) };
        streams.push(stream);
      }
      stream.requests[operation]!++;
    }
  }
  return streams;
}

/** What the plan says of each cell, counted from the timetable: routing is expected to send everyone home. */
function countPlanned(plan: RunPlan, clients: PlannedClient[]): void {
  for (const client of clients) {
    const role = CLIENT_ROLES[client.role]!;
    const origin = plan.origins[client.origin]!;
    for (const row of client.rows) {
      const phase = plan.phases.find((p) => row.dueMs >= p.fromMs && row.dueMs < p.toMs);
      if (!phase?.judged) continue;
      const top = plan.operations[row.operation]!;
      for (const op of top.kind === 'journey' ? top.steps.map((s) => plan.operations[s]!) : [top]) {
        for (const cell of plan.cells) {
          const claim = plan.claims[cell.claim]!;
          const isClient = role === 'mix' || role === 'topup';
          const counts =
            claim.metric === 'staleness'
              ? role === 'tracer'
              : (claim.vantage !== 'region' && isClient) || (claim.vantage !== 'client' && role === 'probe');
          const subject = claim.per === 'region' ? origin.homeRegion : client.origin;
          if (claim.metric === 'home-share' && op.via === 'edge') continue;
          if (claim.phase !== phase.name) continue;
          if (counts && subject === cell.subject && claim.classes.includes(op.class)) cell.plannedRequests++;
        }
      }
    }
  }
}

interface Played {
  lines: RecordedRow[];
  rare: RareEvent[];
}

/** Lets every client live its life, then gives versions to writes and reads in the order of time. */
function play(
  plan: RunPlan,
  clients: PlannedClient[],
  index: TimetableIndex,
  options: SyntheticOptions,
  random: () => number,
): Played {
  const lines: RecordedRow[] = [];
  const rare: RareEvent[] = [];
  const facts = new Map<RecordedRow, { key: number; method: string; path: string }>();
  const stopAtMs = options.stopAtMs ?? Infinity;
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  for (const [c, client] of clients.entries()) {
    const origin = plan.origins[client.origin]!;
    const role = CLIENT_ROLES[client.role]!;
    const home = origin.homeRegion;
    let freeAtMs = 0;
    let cold = true;
    life: for (const [i, planned] of client.rows.entries()) {
      const row = index.clients.firstRow[c]! + i;
      const top = plan.operations[planned.operation]!;
      const steps = top.kind === 'journey' ? top.steps : [planned.operation];
      for (const [step, op] of steps.entries()) {
        const operation = plan.operations[op]!;
        let r = emptyRow();
        r.row = row;
        r.step = step;
        r.startMs = Math.floor(Math.max(planned.dueMs, freeAtMs) + random() * 0.8);
        if (step === 0 && freeAtMs > planned.dueMs) r.state |= ROW_STATE.clientBlocked;
        if (r.startMs >= stopAtMs) {
          rare.push({ kind: 'stopped', client: c, nextRow: row, atMs: stopAtMs });
          break life;
        }
        const control = origin.kind === 'control';
        const edge = operation.via === 'edge';
        const pathMs =
          control || origin.kind === 'region' ? 0.2 : edge ? 8 : origin.rttMs[home]! + 2 * Math.exp(normal() * 0.5);
        const primary = operation.class === 'write' ? plan.regions[home]!.rttToPrimaryMs! : 0;
        const serverMs = control ? 0.05 : primary + 6 * Math.exp(0.5 * normal());
        if (cold || client.cohort === 0) {
          r.state |= ROW_STATE.newConnection;
          r.blockedUs = Math.round(pathMs * 1000);
          r.resolveUs = control ? 0 : 300;
        }
        cold = false;
        r.waitingUs = Math.round((pathMs + serverMs) * 1000);
        r.totalUs = r.blockedUs + r.waitingUs + 150;
        r.serverUs = Math.round(serverMs * 1000);
        r.status = operation.expect[0]!;
        r.bytes = 512;
        r.apiVersion = control ? 0 : 1;
        if (!control && !edge) {
          r.askedRegion = home;
          r.servedRegion = home;
        }
        const reads = operation.class === 'read' && plan.regions[home]!.replica;
        const source = control
          ? 'none'
          : edge
            ? 'edge'
            : reads
              ? random() < 0.5 && role === 'mix'
                ? 'cache'
                : 'replica'
              : 'primary';
        r.source = SOURCES.indexOf(source);
        const cohort = COHORTS[client.cohort]!;
        const occasion: Occasion = { row, dueMs: planned.dueMs, step, role, cohort, origin, operation, home };
        const drawn = { ...r };
        Object.assign(r, options.plant?.(occasion, drawn));
        freeAtMs = r.startMs + (r.resolveUs + r.totalUs) / 1000;
        const again = options.retry?.(occasion, r);
        if (again) {
          r.state |= ROW_STATE.retried;
          lines.push(r);
          facts.set(r, { key: planned.key, method: operation.method, path: operation.path });
          r = { ...drawn, attempt: 1, startMs: Math.ceil(freeAtMs + 100), state: ROW_STATE.newConnection, ...again };
          freeAtMs = r.startMs + (r.resolveUs + r.totalUs) / 1000;
        }
        if (freeAtMs > stopAtMs) r.state |= ROW_STATE.interrupted;
        facts.set(r, { key: planned.key, method: operation.method, path: operation.path });
        lines.push(r);
        if (freeAtMs > stopAtMs) {
          if (i + 1 < client.rows.length) rare.push({ kind: 'stopped', client: c, nextRow: row + 1, atMs: stopAtMs });
          break life;
        }
      }
    }
  }
  giveVersions(plan, lines, facts, options.replicaLagMs ?? 20);
  return { lines, rare };
}

function giveVersions(
  plan: RunPlan,
  lines: RecordedRow[],
  facts: Map<RecordedRow, { key: number; method: string; path: string }>,
  replicaLagMs: number,
): void {
  const writes = new Map<number, { atMs: number; version: number; isDelete: boolean }[]>();
  const endMs = (r: RecordedRow): number => r.startMs + (r.resolveUs + r.totalUs) / 1000;
  const mine = lines.filter((r) => facts.get(r)!.path === '/products/{key}' && r.recordVersion === 0);
  for (const r of mine
    .filter((m) => facts.get(m)!.method !== 'GET' && m.status !== 0)
    .sort((a, b) => endMs(a) - endMs(b))) {
    const { key, method } = facts.get(r)!;
    const list = writes.get(key) ?? [];
    writes.set(key, list);
    r.recordVersion = list.length + 2;
    // The primary commits half a round trip or more before the client hears of it.
    list.push({ atMs: endMs(r) - 1, version: r.recordVersion, isDelete: method === 'DELETE' });
  }
  for (const r of mine.filter((m) => facts.get(m)!.method === 'GET' && m.status !== 0)) {
    const served = plan.regions[r.servedRegion];
    const seenAtMs = r.startMs - (served?.replica ? replicaLagMs : 0);
    const { key } = facts.get(r)!;
    const seen = writes.get(key)?.findLast((w) => w.atMs <= seenAtMs);
    r.recordVersion = seen?.version ?? (key < SESSION_KEY ? 1 : 0);
    if (seen?.isDelete || r.recordVersion === 0) r.status = 404;
  }
}

/** Lines as the player writes them: up to 64 rows of one client, flushed when the client goes to sleep for long. */
function recordingText(rows: RecordedRow[], index: TimetableIndex, foreign: string[], rare: RareEvent[]): string {
  const { firstRow } = index.clients;
  const clientOf = (row: number): number => firstRow.findLastIndex((first) => first <= row);
  const lines: { atMs: number; text: string }[] = [];
  let batch: RecordedRow[] = [];
  let batchClient = -1;
  const flush = (): void => {
    if (batch.length === 0) return;
    const words = new Uint32Array(batch.length * ROW_WORDS);
    for (const [i, r] of batch.entries()) packRow(words, i, r);
    const last = batch.at(-1)!;
    lines.push({
      atMs: last.startMs + last.totalUs / 1000,
      text: ROW_PREFIX + Buffer.from(words.buffer).toString('base64'),
    });
    batch = [];
  };
  for (const r of rows) {
    const client = clientOf(r.row);
    if (client !== batchClient || batch.length === 64) flush();
    batchClient = client;
    batch.push(r);
    if (batch.length === 3) flush();
  }
  flush();
  // Lines of different clients interleave by time, those of one client keep their order (the sort is stable).
  const order = lines.sort((a, b) => a.atMs - b.atMs).map((l) => l.text);
  for (const [i, text] of foreign.entries())
    order.splice(Math.floor(((i + 1) * order.length) / (foreign.length + 1)), 0, text);
  order.push(...rare.map((event) => JSON_PREFIX + JSON.stringify(event)));
  return order.map((line) => `${line}\n`).join('');
}

function journalText(
  plan: RunPlan,
  rows: RecordedRow[],
  options: SyntheticOptions,
  last: { ms: number; event: JournalEvent }[],
): string {
  const lanes: LaneCalibration[] = [];
  for (const [origin, o] of plan.origins.entries())
    for (const [region, nominalMs] of o.kind === 'city' ? o.rttMs.entries() : [])
      lanes.push({ origin, region, nominalMs, p50Ms: nominalMs + 0.3, p99Ms: nominalMs + 1.5, samples: 20 });
  const counter = (region: number | null): number =>
    rows.filter((r) => r.status !== 0 && (region === null ? edgeServed(r) : r.servedRegion === region)).length;
  const edgeServed = (r: RecordedRow): boolean => r.source === SOURCES.indexOf('edge') && r.servedRegion === NO_REGION;
  const counters = [
    ...plan.regions.map((r, i) => ({ region: r.id, requests: counter(i) })),
    { region: null, requests: counter(null) },
  ];
  const stopMs = options.stopAtMs;
  const endMs = stopMs ?? plan.durationMs;
  const events: { ms: number | null; event: JournalEvent }[] = [
    { ms: null, event: { kind: 'planned', runId: plan.runId, rows: plan.rows } },
    { ms: null, event: { kind: 'world-up', tookMs: 4200, pid: 4711 } },
    { ms: null, event: { kind: 'lanes-calibrated', lanes } },
    { ms: null, event: { kind: 'generator-started', pid: 4712, tool: 'k6 v2.2.0' } },
    { ms: -500, event: { kind: 't0', epochMs: Date.UTC(2025, 0, 1, 0, 0, 10) } },
    { ms: 1000, event: { kind: 'clock', stepMs: 0.2 } },
  ];
  if (stopMs !== undefined)
    events.push({ ms: stopMs, event: { kind: 'stop-requested', why: 'interrupt', message: 'Ctrl-C' } });
  events.push(...faultEvents(plan, endMs));
  const wallSeconds = endMs / 1000;
  events.push(
    {
      ms: endMs,
      event: { kind: 'generator-health', cpuSeconds: wallSeconds * 0.2, wallSeconds, rssBytes: 180e6, cores: 1 },
    },
    {
      ms: endMs + 300,
      event: { kind: 'generator-ended', exitCode: stopMs === undefined ? 0 : 105, signal: null, message: '' },
    },
    ...last,
    { ms: endMs + 400, event: { kind: 'world-counters', counters } },
    { ms: endMs + 500, event: { kind: 'ended', cutShort: stopMs !== undefined } },
  );
  options.changeJournal?.(events);
  const started = Date.UTC(2025, 0, 1, 0, 0, 10);
  return events
    .map(({ ms, event }, seq) =>
      JSON.stringify({ seq, at: new Date(started + (ms ?? -5000)).toISOString(), ms, event }),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** What a harness writes about faults that come and go as planned; those of which a run was stopped before are not there. */
function faultEvents(plan: RunPlan, endMs: number): { ms: number; event: JournalEvent }[] {
  if (!plan.experiment) return [];
  const events: { ms: number; event: JournalEvent }[] = [];
  for (const { number: fault, kind, params, sites, fromMs, toMs } of plan.experiment.faults) {
    if (fromMs >= endMs) continue;
    const reading = (
      outcome: 'refused' | 'answered',
    ): { point: string; outcome: typeof outcome; tookMs: number; value: null }[] =>
      sites.map(({ name }) => ({ point: name, outcome, tookMs: 2, value: null }));
    const undoneMs = Math.min(toMs, endMs);
    events.push(
      { ms: fromMs - 50, event: { kind: 'fault-intent', fault, faultKind: kind, params, undo: [] } },
      { ms: fromMs, event: { kind: 'state', state: 'ACTIVE' } },
      { ms: fromMs + 20, event: { kind: 'fault-started', fault, spreadMs: 20 } },
      {
        ms: fromMs + BITE_AFTER_MS,
        event: {
          kind: 'fault-bites',
          fault,
          bites: true,
          sinceT0Ms: fromMs + BITE_AFTER_MS,
          readings: reading('refused'),
        },
      },
      { ms: undoneMs, event: { kind: 'fault-revert', fault, why: endMs < toMs ? 'interrupt' : 'planned' } },
      {
        ms: undoneMs + GONE_AFTER_MS,
        event: {
          kind: 'fault-gone',
          fault,
          gone: true,
          sinceT0Ms: undoneMs + GONE_AFTER_MS,
          readings: reading('answered'),
        },
      },
    );
  }
  return events.sort((a, b) => a.ms - b.ms);
}
