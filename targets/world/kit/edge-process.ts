/** The edge as the main process sees it: told whom to route to, it says what it found and what it decided. */
import type { EdgeStart, EdgeWatch } from './programs/edge.ts';
import { type Evacuate, evacuating } from './evacuation.ts';
import type { Ground } from './ground.ts';
import { type Caching, SOUND_CACHING } from './programs/asset-cache.ts';
import type { Routing } from './programs/routing.ts';
import type { Topology } from './topology.ts';
import type { TruthEvent, TruthLog } from './truth.ts';

const PATIENCE_MS = 20_000;

export interface Edge {
  /** Resolves with its port when it answers. */
  ready(): Promise<number>;
  /** From now on it checks the regions through these ports of their ingress. */
  watch(ingress: Record<string, number>): void;
  evacuate: Evacuate;
}

/** Starts it; it loads its code while others start. */
export async function startEdge(
  ground: Ground,
  { regions }: Pick<Topology, 'regions'>,
  routing: Routing,
  truth: TruthLog,
  caching: Caching = SOUND_CACHING,
): Promise<Edge> {
  const program = await ground.edge();
  const places = regions.map(({ id, lat, lon }) => ({ id, lat, lon }));
  const start: EdgeStart = { kind: 'start', regions: places, routing, caching, listen: ground.door('edge') };
  program.say(start);
  program.onEvery('truth', (said) => {
    const { what, region, detail, atEpochMs } = said as unknown as TruthEvent;
    truth.add(what, region, detail, atEpochMs);
  });
  return {
    async ready() {
      const { port } = await program.hear<{ port: number }>('ready', PATIENCE_MS);
      program.expectedUp = true;
      return port;
    },
    watch: (ingress) => program.say({ kind: 'watch', ingress } satisfies EdgeWatch),
    evacuate: evacuating(program),
  };
}
