/** Every kind of fault. A new one is a line here. */
import type { FaultKind } from '../../src/formats/faults.ts';
import type { Fault } from '../fault.ts';
import { databaseLoss } from './database-loss.ts';
import { dependency } from './dependency.ts';
import { partition } from './partition.ts';
import { redisLoss } from './redis-loss.ts';
import { regionOutage } from './region-outage.ts';
import { replicationDelay } from './replication-delay.ts';

/** By kind. Parse parameters with a kind's `params` before passing them to its other members. */
export const FAULTS: Record<FaultKind, Fault<unknown>> = {
  'region-outage': regionOutage,
  'replication-delay': replicationDelay,
  'redis-loss': redisLoss,
  'database-loss': databaseLoss,
  partition,
  dependency,
};
