import { vi } from 'vitest';
import type { RunningWorld } from '../../src/run/world.ts';

/** A running world for the contract tests. */
export type GivenWorld = Pick<RunningWorld, 'file' | 'worldFilePath' | 'stop'>;

/** Waits until the condition holds. The timeout allows for several worlds on two cores. */
export const eventually = (condition: () => unknown, timeout = 10_000): Promise<unknown> =>
  vi.waitFor(condition, { timeout, interval: 50 });
