/** For tests of the world itself: starts one per test, sends it requests and breaks it. */
import { vi } from 'vitest';
import { type RunningWorld, startWorld } from '../src/run/world.ts';
import { resolveTools } from '../src/tools/index.ts';
import { sendRequest, type HttpResponse } from './http.ts';

export const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];

/** Starts an active-active world with this defect or none; it stops on disposal. */
export async function worldWith(defect: string | null, speed?: 'fast' | 'real'): Promise<RunningWorld> {
  const tools = await resolveTools(['postgres', 'toxiproxy-server', 'redis-server']);
  return startWorld({ world: 'active-active', defect, tools, ...(speed && { speed }) });
}

/** URL of a region for its clients. */
export const urlOf = (world: RunningWorld, id: string): string =>
  world.file.regions.find((region) => region.id === id)!.url;

/** Name of the fault, for the world's event log. */
export const FAULT = { fault: 'test' };

/** Resolves once the condition does; rejects with its last error. */
export const eventually = (condition: () => unknown, timeout = 30_000): Promise<unknown> =>
  vi.waitFor(condition, { timeout, interval: 50 });

export const setProxy = (world: RunningWorld, proxy: string, enabled: boolean): Promise<HttpResponse> =>
  sendRequest('POST', `${world.file.toxiproxy.url}/proxies/${proxy}`, { body: { enabled } });

/** Writes and reads one product, bypassing the cache; returns the version in the response. */
export const product = { tenant: 'a', name: 'tracer', price: 1 };
export const write = (world: RunningWorld, id: string, key = 100_060): Promise<HttpResponse> =>
  sendRequest('PUT', `${urlOf(world, id)}/products/${key}`, { body: product });
export const read = (world: RunningWorld, id: string, key = 100_060): Promise<HttpResponse> =>
  sendRequest('GET', `${urlOf(world, id)}/products/${key}`, { headers: { 'cache-control': 'no-cache' } });
export const version = ({ headers }: HttpResponse): number => Number(headers['x-record-version']);
