import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import Fastify from 'fastify';
import { RUN_HEADER } from '../kit/programs/run-counter.ts';
import { DEFECTS, plant, readDelay } from './defects.ts';

describe('a planted share', () => {
  it('does not clump: at 0.5 % two failures never follow within a hundred requests of a run', async () => {
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

  it('slows reads of one region by 150 to 300 ms, each time by another time', () => {
    const delayMs = readDelay('slow-region', 'eu-west-1');
    const delays = Array.from({ length: 10_000 }, delayMs).filter((ms) => ms > 0);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(150);
    expect(Math.max(...delays)).toBeLessThanOrEqual(300);
    expect(new Set(delays).size).toBeGreaterThan(100);
    expect(readDelay('slow-region', 'us-east-1')()).toBe(0);
  });
});

/** A load alone does not find what only shows when something is broken. */
const EXPERIMENTS = readdirSync(new URL('../../../chaos/experiments/', import.meta.url)).map((file) =>
  file.replace(/\.yaml$/, ''),
);

describe('the list of defects', () => {
  it('names for each the claim of the target that it breaks, or the experiment that finds it', () => {
    const file = new URL('../../active-active/target.yaml', import.meta.url);
    const target = parse(readFileSync(file, 'utf8')) as { claims: { id: string }[] };
    const known = [...target.claims.map(({ id }) => id), ...EXPERIMENTS];
    for (const { breaks } of Object.values(DEFECTS)) expect(known).toContain(breaks);
  });
});
