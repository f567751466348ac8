/** Every measure. Its figures stand under its name in result.json, whether a claim asks for them or not. */
import type { z } from 'zod';
import { carts } from './carts/measure.ts';
import { failover } from './failover/measure.ts';
import { ledger } from './ledger/measure.ts';
import type { Measure } from './measure.ts';
import { replicaLag } from './replica-lag/measure.ts';
import { sessions } from './sessions/measure.ts';
import { tenants } from '../tenant-availability/measure.ts';

/** In the order in which reports tell of them. */
export const MEASURES = { failover, ledger, carts, sessions, replicaLag, tenants };

export type MeasureName = keyof typeof MEASURES;

export type Figures = { [K in MeasureName]: z.output<(typeof MEASURES)[K]['schema']> };

/** What each measure answers that is asked about its figures of a run, in their order. */
export const askMeasures = <T>(figures: Figures, ask: <F>(measure: Measure<F>, figures: F) => T): T[] =>
  (Object.keys(MEASURES) as MeasureName[]).map((name) => ask<unknown>(MEASURES[name], figures[name]));
