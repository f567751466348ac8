import http from 'k6/http';
import { NO_REGION } from '../src/formats/recording.ts';
import type { Cohort } from '../src/formats/timetable.ts';
import type { PlayerConfig } from '../src/formats/player.ts';

/**
 * How one client finds its region. It asks its city's resolver (in the harness, which caches by TTL) as its cohort
 * does: `fresh` before every request, `ttl` when the answer has run out, `sticky` when its connection broke,
 * `direct` never: it has a regional hostname, that of the nearest region.
 */
export class Resolver {
  /** What the last call of region() took; 0 when it asked nobody. */
  tookUs = 0;
  private known = NO_REGION;
  private validUntilMs = 0;

  private readonly config: PlayerConfig;
  private readonly origin: number;
  private readonly cohort: Cohort;

  constructor(config: PlayerConfig, origin: number, cohort: Cohort) {
    this.config = config;
    this.origin = origin;
    this.cohort = cohort;
    if (cohort === 'direct') {
      this.known = config.origins[origin]!.ownRegion;
      this.validUntilMs = Number.POSITIVE_INFINITY;
    }
  }

  /** Index of the region to ask now, NO_REGION if the look-up failed. */
  region(): number {
    this.tookUs = 0;
    if (this.cohort !== 'fresh' && Date.now() < this.validUntilMs) return this.known;
    const response = http.get(`${this.config.harnessUrl}/resolve?origin=${this.origin}`, {
      responseType: 'text',
      timeout: 5_000,
      redirects: 0,
    });
    this.tookUs = Math.round((response.timings.blocked + response.timings.duration) * 1000);
    if (response.status !== 200) return NO_REGION;
    const answer = JSON.parse(response.body as string) as { region: number; ttlSeconds: number };
    this.known = answer.region;
    this.validUntilMs = this.cohort === 'sticky' ? Number.POSITIVE_INFINITY : Date.now() + answer.ttlSeconds * 1000;
    return this.known;
  }

  connectionBroke(): void {
    if (this.cohort === 'sticky') this.validUntilMs = 0;
  }
}
