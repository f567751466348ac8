/**
 * Recomputes the judge's figures in the slow and obvious way: all rows in an array, one filter per figure, textbook
 * formulas. Shares only the file formats with reports/judge, so that both cannot have the same bug.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlanClaim, PlanOperation, PlanOrigin, RunPlan } from '../src/formats/plan.ts';
import { ERRORS, SOURCES } from '../src/formats/recording.ts';
import { CLIENT_ROLES, type TimetableIndex } from '../src/formats/timetable.ts';

export interface NaiveRow {
  row: number;
  client: number;
  startMs: number;
  endMs: number;
  dueMs: number;
  latencyMs: number;
  status: number;
  error: string;
  asked: number | null;
  served: number | null;
  source: string;
  attempt: number;
  step: number;
  version: number;
  interrupted: boolean;
  bad: boolean;
  redial: boolean;
  role: string;
  origin: number;
  home: number;
  operation: PlanOperation;
  plannedOperation: number;
  key: number;
  tenant: number;
  /** Name of the judged phase it was due in; null for none. */
  phase: string | null;
}

export interface NaiveCell {
  claim: string;
  subject: string;
  total: number;
  bad: number;
  designEffect: number;
  status: string;
  valueMs: number | null;
}

export interface NaiveResult {
  rows: NaiveRow[];
  cells: NaiveCell[];
  recorded: number;
  interrupted: number;
  lagLateShare: number[];
  within: Map<string, number>;
}

export function naiveJudge(dir: string): NaiveResult {
  const plan = JSON.parse(readFileSync(join(dir, 'plan.json'), 'utf8')) as RunPlan;
  const index = JSON.parse(readFileSync(join(dir, 'timetable.json'), 'utf8')) as TimetableIndex;
  const rows = readRows(dir, plan, index);
  const judged = rows.filter((r) => r.phase !== null && !r.interrupted && r.attempt === 0);
  const raw = plan.cells.map((cell) => {
    const claim = plan.claims[cell.claim]!;
    const mine = judged.filter(
      (r) =>
        r.phase === claim.phase &&
        (claim.only === null || claim.only.includes(cell.subject)) &&
        belongs(plan, claim, cell.subject, r),
    );
    const events = mine.flatMap((r) => {
      if (claim.kind === 'latency')
        return [{ r, bad: r.bad || r.latencyMs > cell.limitMs!, value: r.bad ? Infinity : r.latencyMs }];
      if (claim.kind === 'availability') return [{ r, bad: r.bad, value: 0 }];
      if (claim.kind === 'home-share') return r.served === null ? [] : [{ r, bad: r.served !== r.home, value: 0 }];
      const behind = behindMs(r, rows, cell.limitMs!);
      return behind === null ? [] : [{ r, bad: behind > cell.limitMs!, value: behind }];
    });
    const reached = judged.filter(
      (r) =>
        (r.role === 'mix' || r.role === 'topup') &&
        r.phase === claim.phase &&
        claim.classes.includes(r.operation.class) &&
        (claim.per === 'origin' ? r.origin === cell.subject : r.operation.via === 'region' && r.asked === cell.subject),
    ).length;
    const bad = events.filter((e) => e.bad).length;
    const values = events.map((e) => e.value).sort((a, b) => a - b);
    const rank = Math.max(1, Math.ceil(values.length * (1 - claim.maxBadShare) - 1e-9));
    const value = values[rank - 1];
    const timed = claim.kind === 'latency' || claim.kind === 'staleness';
    const deff = burstiness(
      plan,
      claim.phase,
      events.map((e) => ({ dueMs: e.r.dueMs, bad: e.bad })),
    );
    return {
      cell,
      claim,
      total: events.length,
      bad,
      reached,
      deff,
      valueMs: timed && value !== undefined && value !== Infinity ? value : null,
    };
  });
  const cells = raw.map((c): NaiveCell => {
    const family = raw.filter((o) => o.claim.gating === c.claim.gating && !o.cell.infeasible);
    const p = (o: typeof c): number => tail(o.bad / o.deff, o.total / o.deff, o.claim.maxBadShare);
    // Holm, by its definition: rejected iff every hypothesis with a smaller or equal p-value passes its own step.
    const sorted = family.map(p).sort((a, b) => a - b);
    const steps = sorted.findIndex((value, i) => value > 0.05 / (sorted.length - i));
    const rejected = sorted.slice(0, steps < 0 ? sorted.length : steps);
    const isFail = rejected.includes(p(c));
    const upperP = c.total === 0 ? 1 : 1 - tail(c.bad / c.deff + 1, c.total / c.deff, c.claim.maxBadShare);
    const status = c.cell.infeasible
      ? 'INFEASIBLE'
      : c.total > 0 && isFail
        ? 'FAIL'
        : c.total > 0 && c.reached > 0 && upperP <= 0.05 && c.bad < c.total
          ? 'PASS'
          : 'INCONCLUSIVE';
    const subject = c.claim.per === 'region' ? plan.regions[c.cell.subject]!.id : plan.origins[c.cell.subject]!.id;
    return { claim: c.claim.id, subject, total: c.total, bad: c.bad, designEffect: c.deff, status, valueMs: c.valueMs };
  });
  const firsts = rows.filter((r) => r.step === 0 && r.attempt === 0);
  return {
    rows,
    cells,
    recorded: firsts.filter((r) => !r.interrupted).length,
    interrupted: firsts.filter((r) => r.interrupted).length,
    lagLateShare: plan.regions.map((_, region) => lateShare(rows, region, plan.validity.lagP99Ms)),
    within: new Map(
      plan.origins
        .filter((o) => o.kind === 'city')
        .map((o) => {
          const mine = judged.filter(
            (r) =>
              r.role === 'mix' &&
              r.phase === 'baseline' &&
              r.operation.class === 'read' &&
              plan.origins[r.origin] === o,
          );
          return [o.id, mine.filter((r) => !r.bad && r.latencyMs <= 120).length / mine.length];
        }),
    ),
  };
}

function readRows(dir: string, plan: RunPlan, index: TimetableIndex): NaiveRow[] {
  const timetable = new DataView(new Uint8Array(readFileSync(join(dir, 'timetable.bin'))).buffer);
  const owners = index.clients.firstRow.flatMap((_, client) =>
    Array.from({ length: index.clients.rows[client]! }, () => client),
  );
  return readFileSync(join(dir, 'recording.log'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('@r '))
    .flatMap((line) => {
      const bytes = new DataView(new Uint8Array(Buffer.from(line.slice(3), 'base64')).buffer);
      return Array.from(
        { length: bytes.byteLength / 48 },
        (_, i) => (word: number) => bytes.getUint32(i * 48 + word * 4, true),
      );
    })
    .map((word): NaiveRow => {
      const row = word(0);
      const client = owners[row]!;
      const origin: PlanOrigin = plan.origins[index.clients.origin[client]!]!;
      const plannedOperation = timetable.getUint16(row * 16 + 4, true);
      const dueMs = timetable.getUint32(row * 16, true);
      const step = word(9) >>> 16;
      const attempt = word(8) >>> 24;
      const top = plan.operations[plannedOperation]!;
      const startMs = word(1);
      const endMs = startMs + (word(2) + word(3)) / 1000;
      const region = (n: number): number | null => (n === 255 ? null : n);
      return {
        row,
        client,
        startMs,
        endMs,
        dueMs,
        latencyMs: endMs - (step === 0 && attempt === 0 ? Math.min(dueMs, startMs) : startMs),
        status: word(7) & 0xffff,
        error: ERRORS[word(7) >>> 16]!,
        asked: region(word(8) & 255),
        served: region((word(8) >>> 8) & 255),
        source: SOURCES[(word(8) >>> 16) & 255]!,
        attempt,
        step,
        version: word(10),
        redial: Boolean((word(9) >>> 8) & 2),
        interrupted: Boolean((word(9) >>> 8) & 4),
        bad: Boolean((word(9) >>> 8) & 16),
        role: CLIENT_ROLES[index.clients.role[client]!]!,
        origin: plan.origins.indexOf(origin),
        home: origin.homeRegion,
        operation: top.kind === 'journey' ? plan.operations[top.steps[step]!]! : top,
        plannedOperation,
        tenant: timetable.getUint16(row * 16 + 6, true),
        key: timetable.getUint32(row * 16 + 8, true),
        phase: plan.phases.find((p) => p.judged && dueMs >= p.fromMs && dueMs < p.toMs)?.name ?? null,
      };
    });
}

function belongs(plan: RunPlan, claim: PlanClaim, subject: number, r: NaiveRow): boolean {
  if (!claim.classes.includes(r.operation.class)) return false;
  const client = r.role === 'mix' || r.role === 'topup';
  const roles = { client, region: r.role === 'probe', any: client || r.role === 'probe' };
  if (claim.kind === 'staleness') {
    if (!(roles[claim.vantage] || (claim.vantage !== 'client' && r.role === 'tracer'))) return false;
    if (r.bad || r.source !== 'replica' || r.version === 0 || r.operation.method !== 'GET') return false;
    if (!plan.operations.some((o) => o.path === r.operation.path && o.method !== 'GET')) return false;
  } else if (!roles[claim.vantage]) return false;
  if (claim.kind === 'home-share') return r.operation.via === 'region' && r.home === subject;
  if (claim.per === 'origin') return r.origin === subject;
  return (r.operation.via === 'edge' ? r.home : (r.asked ?? r.home)) === subject;
}

/** How far behind a replica read was; null when no write of its record was acknowledged in the last ten limits. */
function behindMs(read: NaiveRow, rows: NaiveRow[], limitMs: number): number | null {
  const writes = rows.filter(
    (w) =>
      w.operation.path === read.operation.path &&
      w.operation.method !== 'GET' &&
      w.key === read.key &&
      (!w.operation.path.includes('{tenant}') || w.tenant === read.tenant) &&
      !w.bad &&
      !w.interrupted &&
      w.version > 0 &&
      w.endMs <= read.startMs,
  );
  const newer = writes.filter((w) => w.version > read.version);
  const behind = newer.length === 0 ? 0 : read.startMs - Math.min(...newer.map((w) => w.endMs));
  const recent = writes.some((w) => read.startMs - w.endMs <= 10 * limitMs);
  return recent || behind > 0 ? behind : null;
}

/**
 * Variance of block counts around their share, relative to independent events, in 120 blocks of the judged time of its
 * phase.
 */
function burstiness(plan: RunPlan, phase: string, events: { dueMs: number; bad: boolean }[]): number {
  const judged = plan.phases.filter((p) => p.judged && p.name === phase);
  const length = judged.reduce((sum, p) => sum + p.toMs - p.fromMs, 0);
  const blockOf = (dueMs: number): number => {
    let elapsed = 0;
    for (const p of judged) {
      if (dueMs < p.toMs) return Math.floor(((elapsed + dueMs - p.fromMs) * 120) / length);
      elapsed += p.toMs - p.fromMs;
    }
    throw new Error('not judged');
  };
  const n = events.length;
  const k = events.filter((e) => e.bad).length;
  if (k === 0 || k === n) return 1;
  const blocks = new Map<number, { m: number; k: number }>();
  for (const e of events) {
    const block = blocks.get(blockOf(e.dueMs)) ?? { m: 0, k: 0 };
    blocks.set(blockOf(e.dueMs), { m: block.m + 1, k: block.k + (e.bad ? 1 : 0) });
  }
  const b = blocks.size;
  if (b < 2) return 1;
  const p = k / n;
  const between = [...blocks.values()].map((block) => (block.k - p * block.m) ** 2).reduce((x, y) => x + y, 0);
  return Math.max(1, (b / (b - 1)) * (between / (n * p * (1 - p))));
}

function lateShare(rows: NaiveRow[], region: number, limitMs: number): number {
  const lags: number[] = [];
  for (const [i, r] of rows.entries()) {
    if (
      r.phase === null ||
      r.interrupted ||
      r.step !== 0 ||
      r.attempt !== 0 ||
      r.role === 'control' ||
      r.home !== region
    )
      continue;
    const before = rows.slice(0, i).findLast((o) => o.client === r.client);
    lags.push(r.startMs - Math.max(r.dueMs, before?.endMs ?? 0));
  }
  return lags.filter((lag) => lag > limitMs).length / lags.length;
}

/** P(X >= k) for X binomial(n, p), as the regularised incomplete beta function I_p(k, n - k + 1). */
function tail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return incompleteBeta(k, n - k + 1, p);
}

/** By the continued fraction of Press et al., Numerical Recipes, section 6.4. */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * fraction(a, b, x)) / a : 1 - (front * fraction(b, a, 1 - x)) / b;
}

function fraction(a: number, b: number, x: number): number {
  const guard = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < 10_000; m++) {
    for (const numerator of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / guard(1 + numerator * d);
      c = guard(1 + numerator / c);
      h *= d * c;
    }
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return h;
}

/** Stirling's series, after moving up to where it is exact to 15 digits (Abramowitz and Stegun, 6.1.40 and 6.1.15). */
function lnGamma(z: number): number {
  if (z < 20) return lnGamma(z + 1) - Math.log(z);
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7);
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series;
}
