/** Starts the edge; the main process tells it the regions, and it reports health changes and routing changes. */
import type { EdgeStart, EdgeWatch } from './programs/edge.ts';
import { type Evacuate, evacuator } from './evacuation.ts';
import type { Ground } from './ground.ts';
import { type Caching, DEFAULT_CACHING } from './programs/asset-cache.ts';
import type { Routing } from './programs/routing.ts';
import type { Topology } from './topology.ts';
import type { TruthEvent, TruthLog } from './truth.ts';

const TIMEOUT_MS = 20_000;

export interface Edge {
  /** Resolves with its port when it serves. */
  ready(): Promise<number>;
  /** Starts its health checks of the regions through these ingress ports. */
  watch(ingress: Record<string, number>): void;
  evacuate: Evacuate;
}

/** Starts the edge; it loads its code while other processes start. */
export async function startEdge(
  ground: Ground,
  { regions }: Pick<Topology, 'regions'>,
  routing: Routing,
  truth: TruthLog,
  caching: Caching = DEFAULT_CACHING,
): Promise<Edge> {
  const program = await ground.edge();
  const places = regions.map(({ id, lat, lon }) => ({ id, lat, lon }));
  const start: EdgeStart = { kind: 'start', regions: places, routing, caching, listen: ground.listenAddress('edge') };
  program.send(start);
  program.onMessage('truth', (message) => {
    const { what, region, detail, atEpochMs } = message as unknown as TruthEvent;
    truth.add(what, region, detail, atEpochMs);
  });
  return {
    async ready() {
      const { port } = await program.receive<{ port: number }>('ready', TIMEOUT_MS);
      program.expectedUp = true;
      return port;
    },
    watch: (ingress) => program.send({ kind: 'watch', ingress } satisfies EdgeWatch),
    evacuate: evacuator(program),
  };
}
