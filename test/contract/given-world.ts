import { vi } from 'vitest';
import type { RunningWorld } from '../../src/run/world.ts';

/** A world that is up for the tests of the contract. */
export type GivenWorld = Pick<RunningWorld, 'file' | 'worldFilePath' | 'stop'>;

/** Waits until it holds; the worlds of several tests may share two cores. */
export const eventually = (condition: () => unknown, timeout = 10_000): Promise<unknown> =>
  vi.waitFor(condition, { timeout, interval: 50 });
