/** The three regions of `active-active` and the round trips between them. */
export interface RegionSpec {
  id: string;
  lat: number;
  lon: number;
  role: 'primary' | 'replica';
}

// Coordinates of the metropolis: oaustegard.github.io web-utilities/aws-ping.html (Apache-2.0).
export const REGIONS: readonly RegionSpec[] = [
  { id: 'us-east-1', lat: 39.0458, lon: -77.4874, role: 'primary' },
  { id: 'eu-west-1', lat: 53.3498, lon: -6.2603, role: 'replica' },
  { id: 'ap-southeast-1', lat: 1.3521, lon: 103.8198, role: 'replica' },
];

export const PRIMARY = REGIONS[0]!;
export const REPLICAS = REGIONS.slice(1);
/** The one that is promoted when the primary is gone. */
export const SUCCESSOR = REPLICAS[0]!;

/**
 * Round trips, ms: AWS inter-region medians over one year to 2025-05-29, mean of both directions (measured by
 * cloudping.co).
 */
const RTT_MS: readonly [a: string, b: string, ms: number][] = [
  ['us-east-1', 'eu-west-1', 69.6],
  ['us-east-1', 'ap-southeast-1', 218.85],
  ['eu-west-1', 'ap-southeast-1', 182.25],
];

/** Round trip between two regions, ms; 0 within one. */
export const rttMs = (a: string, b: string): number =>
  RTT_MS.find(([from, to]) => (from === a && to === b) || (from === b && to === a))?.[2] ?? 0;
