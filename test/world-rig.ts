/** For tests of the world by itself: one of its own for each, what is asked of it and what is done to it. */
import { vi } from 'vitest';
import { type RunningWorld, startWorld } from '../src/run/world.ts';
import { resolveTools } from '../src/tools/index.ts';
import { ask, type Answer } from './ask.ts';

export const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];

/** An active-active world of the test's own, with that defect or none; gone when it is disposed of. */
export async function worldWith(defect: string | null, speed?: 'fast' | 'real'): Promise<RunningWorld> {
  const tools = await resolveTools(['postgres', 'toxiproxy-server', 'redis-server']);
  return startWorld({ world: 'active-active', defect, tools, ...(speed && { speed }) });
}

/** Where clients of a region call. */
export const urlOf = (world: RunningWorld, id: string): string =>
  world.file.regions.find((region) => region.id === id)!.url;

/** Who did it, for the world's log of the truth. */
export const FAULT = { fault: 'test' };

/** Resolves once the condition does; rejects with its last error. */
export const eventually = (condition: () => unknown, timeout = 30_000): Promise<unknown> =>
  vi.waitFor(condition, { timeout, interval: 50 });

export const setProxy = (world: RunningWorld, proxy: string, enabled: boolean): Promise<Answer> =>
  ask('POST', `${world.file.toxiproxy.url}/proxies/${proxy}`, { body: { enabled } });

/** A write and a read past the cache of one product, and the version that the answer names. */
export const product = { tenant: 'a', name: 'tracer', price: 1 };
export const write = (world: RunningWorld, id: string, key = 100_060): Promise<Answer> =>
  ask('PUT', `${urlOf(world, id)}/products/${key}`, { body: product });
export const read = (world: RunningWorld, id: string, key = 100_060): Promise<Answer> =>
  ask('GET', `${urlOf(world, id)}/products/${key}`, { headers: { 'cache-control': 'no-cache' } });
export const version = ({ headers }: Answer): number => Number(headers['x-record-version']);
