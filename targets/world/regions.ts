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

/**
 * Round trip of a region to the primary's, ms: AWS inter-region medians over one year to 2025-05-29, mean of both
 * directions (measured by cloudping.co).
 */
export const RTT_TO_PRIMARY_MS: Readonly<Record<string, number>> = {
  'us-east-1': 0,
  'eu-west-1': 69.6,
  'ap-southeast-1': 218.85,
};
