import { connect } from 'node:net';
import { brokenError } from '../errors.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { Upstream, Upstreams } from './upstreams.ts';

const PROBES = 5;
const PROBE_DEADLINE_MS = 5_000;

/**
 * Round trip from this generator to every region, ms: the median TCP connect time. With `lanes: difference` a lane adds
 * the city's round trip minus this one.
 *
 * @throws exit 4 when a city is closer to a region than this generator: its clients cannot be emulated from here.
 */
export async function generatorDistance(plan: RunPlan, upstreams: Upstreams): Promise<number[]> {
  const measured = await Promise.all(upstreams.regions.map(medianConnectMs));
  const tooFar = plan.origins.filter(
    (origin) => origin.kind === 'city' && origin.rttMs.some((rttMs, region) => rttMs < measured[region]!),
  );
  if (tooFar.length > 0) {
    throw brokenError({
      what: `This generator is farther from a region than ${tooFar.map((origin) => origin.city).join(', ')}`,
      got: plan.regions.map((region, i) => `${region.id} ${measured[i]!.toFixed(0)} ms`).join(', '),
      expected: 'a round trip below that of every city of the profile',
      next: 'Run the generator closer to the regions, or remove these cities from the profile.',
    });
  }
  return measured;
}

/** To the first address that accepts: one of several may be down, which the run will show. */
async function medianConnectMs(upstream: Upstream): Promise<number> {
  for (const [i, address] of upstream.addresses.entries()) {
    try {
      const times: number[] = [];
      for (let probe = 0; probe < PROBES; probe += 1) times.push(await connectMs(upstream, address));
      return times.toSorted((a, b) => a - b)[Math.floor(PROBES / 2)]!;
    } catch (error) {
      if (i === upstream.addresses.length - 1) throw error;
    }
  }
  throw new Error(`${upstream.url} has no address`);
}

function connectMs({ url, port }: Upstream, host: string): Promise<number> {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: PROBE_DEADLINE_MS });
    const fail = (cause: unknown): void => {
      socket.destroy();
      reject(brokenError({ what: `Cannot connect to ${url}`, next: 'Check that the target is up.', cause }));
    };
    socket.once('connect', () => {
      resolve(performance.now() - from);
      socket.destroy();
    });
    socket.once('error', fail);
    socket.once('timeout', () => fail(new Error('timeout')));
  });
}
