/** Every measure. Its figures are in result.json under its name, whether or not a claim uses them. */
import type { z } from 'zod';
import { carts } from './carts/measure.ts';
import { dataSources } from './data-sources/measure.ts';
import { failover } from './failover/measure.ts';
import { ledger } from './ledger/measure.ts';
import type { Measure } from './measure.ts';
import { replicaLag } from './replica-lag/measure.ts';
import { sessions } from './sessions/measure.ts';
import { servedRequests } from '../cost/measure.ts';
import { tenants } from '../tenant-availability/measure.ts';

/** In the order of the reports. */
export const MEASURES = { failover, ledger, carts, sessions, replicaLag, dataSources, servedRequests, tenants };

export type MeasureName = keyof typeof MEASURES;

export type Figures = { [K in MeasureName]: z.output<(typeof MEASURES)[K]['schema']> };

/** Calls `visit` with each measure and its figures, in their order. */
export const mapMeasures = <T>(figures: Figures, visit: <F>(measure: Measure<F>, figures: F) => T): T[] =>
  (Object.keys(MEASURES) as MeasureName[]).map((name) => visit<unknown>(MEASURES[name], figures[name]));
