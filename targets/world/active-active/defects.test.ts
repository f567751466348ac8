import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import Fastify from 'fastify';
import { ROLES } from '../../../claims/roles.ts';
import { loadProfile, loadTarget } from '../../../src/config/load.ts';
import { CLIENT_ROLES, TIMETABLE_ROW_WORDS } from '../../../src/formats/timetable.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { compileTimetable } from '../../../src/plan/timetable.ts';
import { RUN_HEADER } from '../kit/programs/run-counter.ts';
import { DEFECTS, plant, readDelay, UNLUCKY_TENANT } from './defects.ts';

describe('a planted share', () => {
  it('does not cluster: at 0.5 % two failures are always more than a hundred requests of a run apart', async () => {
    const app = Fastify();
    plant(app, 'error-rate', 'eu-west-1');
    app.get('/', () => 'well');
    const hits: number[] = [];
    for (let i = 0; i < 4_000; i += 1) {
      const { statusCode } = await app.inject({ url: '/', headers: { [RUN_HEADER]: 'run' } });
      if (statusCode === 500) hits.push(i);
    }
    expect(hits.length).toBeGreaterThan(18);
    expect(Math.min(...hits.slice(1).map((at, i) => at - hits[i]!))).toBeGreaterThan(100);
  });

  it('slows reads of one region by varying delays of 150 to 300 ms', () => {
    const delayMs = readDelay('slow-region', 'eu-west-1');
    const delays = Array.from({ length: 10_000 }, delayMs).filter((ms) => ms > 0);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(150);
    expect(Math.max(...delays)).toBeLessThanOrEqual(300);
    expect(new Set(delays).size).toBeGreaterThan(100);
    expect(readDelay('slow-region', 'us-east-1')()).toBe(0);
  });
});

describe('the unlucky tenant', () => {
  it.each(['us-east-1', 'eu-west-1', 'ap-southeast-1'])(
    'gets errors in %s, whether named in path or body, and no other tenant does',
    async (region) => {
      const app = Fastify();
      plant(app, 'unlucky-tenant', region);
      app.get('/products', () => 'well');
      app.post('/reviews', () => 'well');
      const statuses = async (tenant: string): Promise<number[]> => [
        (await app.inject({ url: `/products?tenant=${tenant}&page=3` })).statusCode,
        (await app.inject({ method: 'POST', url: '/reviews', payload: { tenant, stars: 4 } })).statusCode,
      ];
      expect(await statuses(UNLUCKY_TENANT)).toEqual([500, 500]);
      for (const other of ['tenant-6', `${UNLUCKY_TENANT}1`]) expect(await statuses(other)).toEqual([200, 200]);
    },
  );

  it('sends enough requests in gate-test to be found, and too few in any region to fail another claim', async () => {
    const [profile, target] = await Promise.all([loadProfile('gate-test'), loadTarget('active-active')]);
    const common = { quick: false, runId: 'run', createdAt: '', command: '', defect: null } as const;
    const plan = compilePlan({ profile, target, seed: 1, routing: 'fast', ...common });
    const { bin, index } = compileTimetable(plan, profile);
    const words = new Uint32Array(bin.buffer);
    const { fromMs, toMs } = plan.phases.find(({ judged }) => judged)!;
    const its = plan.tenants.findIndex(({ id }) => id === UNLUCKY_TENANT);
    let userRequests = 0;
    const byRegion = plan.regions.map(() => 0);
    for (const [client, firstRow] of index.clients.firstRow.entries()) {
      const role = CLIENT_ROLES[index.clients.role[client]!]!;
      const { homeRegion } = plan.origins[index.clients.origin[client]!]!;
      for (let row = firstRow; row < firstRow + index.clients.rows[client]!; row += 1) {
        const [dueMs, what] = [words[row * TIMETABLE_ROW_WORDS]!, words[row * TIMETABLE_ROW_WORDS + 1]!];
        const isItsOwn = what >>> 16 === its && plan.operations[what & 0xffff]!.isOfTenant;
        if (!isItsOwn || dueMs < fromMs || dueMs >= toMs) continue;
        byRegion[homeRegion]! += 1;
        if (ROLES[role].isUser) userRequests += 1;
      }
    }
    // Of 200 tenants three failures out of three fail the tenant claim; 13 of a region's 5,000 fail `availability`.
    expect(userRequests).toBeGreaterThanOrEqual(6);
    expect(Math.max(...byRegion)).toBeLessThanOrEqual(8);
  });
});

/** Some defects only show under a fault and are found by an experiment, not by load alone. */
const EXPERIMENTS = readdirSync(new URL('../../../chaos/experiments/', import.meta.url)).map((file) =>
  file.replace(/\.yaml$/, ''),
);

describe('the list of defects', () => {
  it('names a claim of the target or an experiment for each defect', () => {
    const file = new URL('../../active-active/target.yaml', import.meta.url);
    const target = parse(readFileSync(file, 'utf8')) as { claims: { id: string }[] };
    const known = [...target.claims.map(({ id }) => id), ...EXPERIMENTS];
    for (const { breaks } of Object.values(DEFECTS)) expect(known).toContain(breaks);
  });
});
