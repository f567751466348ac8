/** The AWS regions that worlds stand in: where they are, how far apart, and which cities are exceptions. */
import type { Topology } from './topology.ts';

/** Coordinates of the metropolis: oaustegard.github.io web-utilities/aws-ping.html (Apache-2.0). */
export const AWS_PLACES = {
  'us-east-1': { lat: 39.0458, lon: -77.4874 },
  'eu-west-1': { lat: 53.3498, lon: -6.2603 },
  'ap-southeast-1': { lat: 1.3521, lon: 103.8198 },
} as const;

/** AWS inter-region medians over one year to 2025-05-29, ms, mean of both directions (measured by cloudping.co). */
export const AWS_ROUND_TRIPS: Topology['roundTrips'] = [
  ['us-east-1', 'eu-west-1', 69.6],
  ['us-east-1', 'ap-southeast-1', 218.85],
  ['eu-west-1', 'ap-southeast-1', 182.25],
];

/**
 * Cities where latency does not follow distance, with their regions nearest by latency first: Cape Town's cables run up
 * Africa's west coast, Japan's cross the Pacific, the Levant is no nearer to Singapore than to Virginia.
 */
export const BY_LATENCY: Readonly<Record<string, readonly string[]>> = {
  'cape-town': ['eu-west-1'],
  tokyo: ['ap-southeast-1', 'us-east-1'],
  osaka: ['ap-southeast-1', 'us-east-1'],
  amman: ['eu-west-1', 'us-east-1'],
  cairo: ['eu-west-1', 'us-east-1'],
  'tel-aviv': ['eu-west-1', 'us-east-1'],
};
