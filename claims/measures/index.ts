/** Every measure. Its figures stand under its name in result.json, whether a claim asks for them or not. */
import type { z } from 'zod';
import { carts } from './carts/measure.ts';
import { failover } from './failover/measure.ts';
import { ledger } from './ledger/measure.ts';
import { replicaLag } from './replica-lag/measure.ts';
import { sessions } from './sessions/measure.ts';
import { tenants } from '../tenant-availability/measure.ts';

export const MEASURES = { failover, ledger, carts, sessions, replicaLag, tenants };

export type MeasureName = keyof typeof MEASURES;

export type Figures = { [K in MeasureName]: z.output<(typeof MEASURES)[K]['schema']> };
