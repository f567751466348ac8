import type { RunPlan } from '../formats/plan.ts';
import type { WorldFile } from '../formats/world-file.ts';

/** DNS of the target's service name, by origin: index of a region, and its TTL. */
export interface NameService {
  resolve(origin: number): Promise<{ region: number; ttlSeconds: number }>;
}

/** Always the nearest region by round trip. */
export const nearestRegion = (plan: RunPlan): NameService => ({
  resolve: (origin) =>
    Promise.resolve({ region: plan.origins[origin]!.homeRegion, ttlSeconds: plan.target.ttlSeconds }),
});

/** Queries the world's own routing, the stand-in for Route 53. */
export const worldRouting = (plan: RunPlan, world: WorldFile): NameService => ({
  async resolve(origin) {
    const { id, lat, lon } = plan.origins[origin]!;
    const query = new URLSearchParams({ city: id, lat: String(lat), lon: String(lon) });
    const response = await fetch(`${world.routing.url}/resolve?${query.toString()}`, {
      signal: AbortSignal.timeout(5_000),
    });
    const answer = (await response.json()) as { region: string; ttlSeconds: number };
    const region = plan.regions.findIndex((candidate) => candidate.id === answer.region);
    if (region < 0)
      throw new Error(`the world's routing returned region "${answer.region}", which the target does not have`);
    return { region, ttlSeconds: answer.ttlSeconds };
  },
});
