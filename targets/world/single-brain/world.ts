/**
 * One primary in us-east-1, one streaming replica in ap-southeast-1, and an edge with a Redis in every region. Europe
 * has an edge and no database.
 *
 *   client ── ingress-<region> ── API ─┬─ redis-<region> ── Redis (copies of cacheable responses)
 *                                      ├─ the replica, in ap-southeast-1 (reads, while it is fresh)
 *                                      ├─ delay hop ── primary-<region> ── primary (writes, strong reads)
 *                                      └─ delay hop ── sync-<region>-<replica> ── API there (reads without primary)
 *                                 replica ── delay hop ── replication-ap-southeast-1 ── primary
 *
 * Nothing is promoted: without the primary, reads go on and writes fail at once.
 */
import type { World } from '../kit/world.ts';
import { start } from './assembly.ts';
import { type DefectId, DEFECTS } from './defects.ts';
import { SEED_SQL } from './schema.ts';
import { TOPOLOGY } from './topology.ts';

export const singleBrain: World<DefectId> = {
  title: 'One primary, one replica, an edge in three regions',
  examples: [
    "curl -i '{ap-southeast-1}/products/17'",
    "curl -i '{eu-west-1}/tenants/tenant-1/config'",
    "curl '{us-east-1}/inventory'",
    'npm run load -- --target single-brain --profile gate-test --world {world.json}',
  ],
  topology: TOPOLOGY,
  defects: DEFECTS,
  api: new URL('./api.ts', import.meta.url),
  seed: SEED_SQL,
  start,
};
