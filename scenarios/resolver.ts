import http from 'k6/http';
import { NO_REGION } from '../src/formats/recording.ts';
import type { Cohort } from '../src/formats/timetable.ts';

export interface Resolver {
  /** Index of the region for a request at `nowMs` (epoch); NO_REGION if the look-up failed. */
  region(nowMs: number): number;
  /** Duration of the look-up in the last call of region(), microseconds; 0 without a look-up. */
  tookUs(): number;
  connectionBroke(): void;
}

/**
 * How one client finds its region. It queries its city's resolver (in the harness, which caches by TTL) by its cohort:
 * `fresh` before every request, `ttl` when the answer has expired, `sticky` when its connection broke. `direct` never
 * does: it uses the regional host name of the nearest region.
 */
export function createResolver(harnessUrl: string, origin: number, ownRegion: number, cohort: Cohort): Resolver {
  const url = `${harnessUrl}/resolve?origin=${origin}`;
  let known = cohort === 'direct' ? ownRegion : NO_REGION;
  let validUntilMs = cohort === 'direct' ? Number.POSITIVE_INFINITY : 0;
  let tookUs = 0;
  return {
    region(nowMs) {
      tookUs = 0;
      if (nowMs < validUntilMs) return known;
      const response = http.get(url, { responseType: 'text', timeout: 5_000, redirects: 0 });
      tookUs = Math.round((response.timings.blocked + response.timings.duration) * 1000);
      if (response.status !== 200) return NO_REGION;
      const answer = JSON.parse(response.body) as { region: number; ttlSeconds: number };
      known = answer.region;
      if (cohort === 'ttl') validUntilMs = Date.now() + answer.ttlSeconds * 1000;
      if (cohort === 'sticky') validUntilMs = Number.POSITIVE_INFINITY;
      return known;
    },
    tookUs: () => tookUs,
    connectionBroke() {
      if (cohort === 'sticky') validUntilMs = 0;
    },
  };
}
