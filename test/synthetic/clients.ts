/** The clients of a synthetic run, their timetable, and the parts of the plan about both. */
import type { PlanStream, RunPlan } from '../../src/formats/plan.ts';
import {
  CLIENT_ROLES,
  type ClientRole,
  COHORTS,
  TIMETABLE_ROW_WORDS,
  type TimetableIndex,
} from '../../src/formats/timetable.ts';
import { sessionRows } from '../../src/plan/sessions.ts';
import { cartOf } from './carts.ts';
import { MIX, SESSION_KEY } from './operations.ts';
import type { PlannedClient, SyntheticExperiment, SyntheticOptions } from './options.ts';

export function makeClients(plan: RunPlan, options: SyntheticOptions, random: () => number): PlannedClient[] {
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

/** One client per region, with rows like those of a plan. */
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

/**
 * From every city whose home is an affected region, one request of each cohort every 100 ms; enough clients for all to
 * hang.
 */
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

export function makeTimetable(
  clients: PlannedClient[],
  tenantOf: (row: number) => number = () => 0,
): { index: TimetableIndex; words: Uint32Array } {
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
    for (const { dueMs, operation, key } of client.rows) {
      words.set([dueMs, operation | (tenantOf(row) << 16), key, 0], TIMETABLE_ROW_WORDS * row);
      row += 1;
    }
  }
  return { index, words };
}

/** Planned requests by role, origin and phase, counted from the clients. */
export function streamsOf(plan: RunPlan, clients: PlannedClient[]): PlanStream[] {
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

/** Planned requests of each cell, counted from the timetable: all clients are expected at their home region. */
export function countPlanned(plan: RunPlan, clients: PlannedClient[]): void {
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
            claim.kind === 'staleness'
              ? role === 'tracer'
              : (claim.vantage !== 'region' && isClient) || (claim.vantage !== 'client' && role === 'probe');
          const subject = claim.per === 'region' ? origin.homeRegion : client.origin;
          if (claim.kind === 'home-share' && op.via === 'edge') continue;
          if (claim.phase !== phase.name) continue;
          if (counts && subject === cell.subject && claim.classes.includes(op.class)) cell.plannedRequests++;
        }
      }
    }
  }
}
