/** The outcome of every request of a synthetic run, drawn from its seed. */
import type { RunPlan } from '../../src/formats/plan.ts';
import { emptyRow, type RareEvent, type RecordedRow, ROW_STATE, SOURCES } from '../../src/formats/recording.ts';
import { CLIENT_ROLES, COHORTS, type TimetableIndex } from '../../src/formats/timetable.ts';
import { SESSION_KEY } from './operations.ts';
import type { Occasion, PlannedClient, SyntheticOptions } from './options.ts';

interface Played {
  lines: RecordedRow[];
  rare: RareEvent[];
}

/** Plays every client's timetable, then assigns versions to writes and reads in order of time. */
export function play(
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
          r.requestedRegion = home;
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
    // The primary commits at least half a round trip before the client gets the response.
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
