/** The tables of `npm run plan`. */
import type { PlanCell, PlanOrigin, RunPlan } from '../formats/plan.ts';
import { type Column, textTable } from '../formats/text-table.ts';
import { CLIENT_ROLES } from '../formats/timetable.ts';
import { judgedMs, streamRows } from './scope.ts';
import { subjectName } from './summary.ts';
import { count, figure, percent, percentAsWritten, probability } from '../formats/words.ts';

const right = (title: string): Column => ({ title, align: 'right' });
const left = (title: string): Column => ({ title, align: 'left' });

/**
 * Minimum latency of a read and a write from an origin, ms: the path, the fastest of its access networks, the primary.
 */
function floors(plan: RunPlan, origin: PlanOrigin): { readMs: number; writeMs: number | null } {
  const lastMileMs = Math.min(...origin.access.map((access) => access.lastMileMs), Infinity);
  const readMs = origin.rttMs[origin.homeRegion]! + (Number.isFinite(lastMileMs) ? lastMileMs : 0);
  const toPrimaryMs = plan.regions[origin.homeRegion]!.rttToPrimaryMs;
  return { readMs, writeMs: toPrimaryMs === null ? null : readMs + toPrimaryMs };
}

/** Cities: nearest region, round trip and its source, share, rate, requests, floors; by number of requests. */
export function originsTable(plan: RunPlan): string[] {
  const columns = [
    left('city'),
    left('nearest region'),
    right('round trip'),
    left(''),
    right('share'),
    right('per second'),
    right('requests'),
    right('fastest read'),
    right('write'),
  ];
  const rows = plan.origins
    .map((origin, i) => ({ origin, requests: mixRequests(plan, i) }))
    .filter(({ origin }) => origin.kind === 'city')
    .toSorted((a, b) => b.requests - a.requests)
    .map(({ origin, requests }) => {
      const { readMs, writeMs } = floors(plan, origin);
      return [
        origin.city,
        plan.regions[origin.homeRegion]!.id,
        `${figure(origin.rttMs[origin.homeRegion]!)} ms`,
        origin.rttSource[origin.homeRegion]!,
        percent(origin.share),
        figure(requests / (plan.durationMs / 1000)),
        count(requests),
        `${readMs.toFixed(0)} ms`,
        writeMs === null ? '' : `${writeMs.toFixed(0)} ms`,
      ];
    });
  return textTable(columns, rows);
}

const mixRequests = (plan: RunPlan, origin: number): number =>
  plan.streams.filter((s) => s.role === 'mix' && s.origin === origin).reduce((sum, s) => sum + streamRows(s), 0);

/** Cells: limit, floor, planned requests and what they can decide. */
export function cellsTable(plan: RunPlan, wanted: (cell: PlanCell) => boolean): string[] {
  const columns = [
    left('claim'),
    left('where'),
    right('limit'),
    right('floor'),
    right('requests'),
    right('PASS if healthy'),
    right('FAIL at 3x the limit'),
    right('97 % after'),
  ];
  const rows = plan.cells.filter(wanted).map((cell) => {
    const claim = plan.claims[cell.claim]!;
    const certain = (p: number): string => (cell.infeasible ? 'infeasible' : probability(p));
    return [
      claim.id,
      subjectName(plan, cell),
      cell.limitMs === null ? `${percentAsWritten(claim.maxBadShare)} bad` : `${cell.limitMs.toFixed(0)} ms`,
      cell.floorMs === null ? '' : `${cell.floorMs.toFixed(0)} ms`,
      count(cell.plannedRequests),
      certain(cell.passProbability),
      certain(cell.failProbability),
      cell.secondsToDecide === null ? '' : `${count(cell.secondsToDecide)} s`,
    ];
  });
  return textTable(columns, rows);
}

/** Roles: number of origins, requests per second of judged load, requests in all, clients. */
export function rolesTable(plan: RunPlan, clients: (role: string) => number): string[] {
  const seconds = judgedMs(plan.phases) / 1000;
  const roles = CLIENT_ROLES.filter((role) => plan.streams.some((stream) => stream.role === role));
  const rows = roles.map((role) => {
    const streams = plan.streams.filter((stream) => stream.role === role);
    const judged = streams.filter(({ phase }) => plan.phases[phase]!.judged);
    const total = (of: typeof streams): number => of.reduce((sum, stream) => sum + streamRows(stream), 0);
    return [
      role,
      count(new Set(streams.map(({ origin }) => origin)).size),
      figure(total(judged) / seconds),
      count(total(streams)),
      count(clients(role)),
    ];
  });
  return textTable([left('role'), right('places'), right('per second'), right('requests'), right('clients')], rows);
}
