/** The wide-area links of the world, all in one process: a delay hop for each. */
import { hear, say } from './conversation.ts';
import { startDelayHop } from './delay-hop.ts';

export interface LinksStart {
  kind: 'start';
  hops: { name: string; oneWayMs: number; upstreamPort: number }[];
}

export interface LinksReady {
  kind: 'ready';
  /** Where each link begins, by its name. */
  ports: Record<string, number>;
}

const { hops } = await hear<LinksStart>('start');
const started = await Promise.all(hops.map(async (hop) => [hop.name, (await startDelayHop(hop)).port] as const));
say({ kind: 'ready', ports: Object.fromEntries(started) });
