/**
 * A PostgreSQL primary in us-east-1, streaming replicas in eu-west-1 and ap-southeast-1, a Redis and an API per region,
 * an edge, and Toxiproxy on every link that can break.
 *
 *   client ── ingress-<region> ── API ─┬─ redis-<region> ── Redis
 *                                      ├─ the region's own PostgreSQL (reads)
 *                                      └─ delay hop ── primary-<region> ── primary (writes)
 *                                 replica ── delay hop ── replication-<region> ── primary
 *                                     API ── delay hop ── sync-<region>-<other> ── another region's API (carts)
 *
 * The edge health-checks the regions through their ingress. The main process probes the primary through the primary
 * links and promotes eu-west-1 when it is lost, monitors replica lag, and breaks processes through its control API.
 */
import type { World } from '../kit/world.ts';
import { start } from './assembly.ts';
import { type DefectId, DEFECTS } from './defects.ts';
import { SEED_SQL } from './schema.ts';
import { TOPOLOGY } from './topology.ts';

export const activeActive: World<DefectId> = {
  title: 'Active-active in three regions, one primary',
  examples: [
    "curl -i '{us-east-1}/products/17'",
    `curl -i -X PUT '{ap-southeast-1}/products/17' -H 'Content-Type: application/json' -d '{"tenant":"me","name":"pen","price":9}'`,
    'npm run load -- --profile gate-test --world {world.json}',
    'npm run chaos -- redis-loss --world {world.json}',
  ],
  topology: TOPOLOGY,
  defects: DEFECTS,
  api: new URL('./api.ts', import.meta.url),
  seed: SEED_SQL,
  start,
};
