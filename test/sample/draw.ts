/** The requests of a sample run, drawn from its seed. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { OperationClass, RunPlan } from '../../src/formats/plan.ts';
import { type Drawn, FAULT, hasFault, HURT, LAST_MILE_MS, type SampleKind } from './scene.ts';

export function draw(plan: RunPlan, kind: SampleKind, seed: number): Drawn[] {
  const rng = xoroshiro128plus(seed);
  const uniform = (): number => uniformFloat64(rng);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const lognormal = (median: number, sigma: number): number => median * Math.exp(sigma * normal());
  const endMs = kind === 'interrupted' ? plan.durationMs / 3 : plan.durationMs;
  const requests: Drawn[] = [];
  const mix = (kind === 'interrupted' ? 1 / 3 : 1) * plan.mixRows;
  const probes = plan.rows - plan.mixRows;
  for (let row = 0; row < mix + (probes * mix) / plan.mixRows; row += 1) {
    const probe = row >= mix;
    let at = 0;
    for (let u = uniform(); !probe && (u -= plan.origins[at]!.share) > 0 && at < plan.origins.length - 1;) at += 1;
    const origin = plan.origins[at]!;
    const asked = probe ? row % plan.regions.length : uniform() < 0.001 ? 0 : origin.homeRegion;
    const u = uniform();
    const opClass: OperationClass = u < 0.55 ? 'read' : u < 0.75 ? 'write' : u < 0.88 ? 'static' : 'auth';
    const cold = uniform() < (probe ? 0.001 : 0.008);
    const rtt = probe ? 0.2 : origin.rttMs[asked]! + LAST_MILE_MS + lognormal(2, 0.6);
    const slow = kind === 'FAIL' && asked === 2 && opClass !== 'static' && uniform() < 0.027;
    const server =
      (opClass === 'static' ? lognormal(1.2, 0.4) : lognormal(6, 0.75)) +
      (opClass === 'write' ? plan.regions[asked]!.rttToPrimaryMs! : 0) +
      (slow ? lognormal(230, 0.5) : 0);
    const waited = uniform() < 0.004 ? lognormal(8, 0.8) : 0;
    const resolve = cold ? lognormal(3, 0.5) : 0;
    const connect = cold ? rtt : 0;
    requests.push({
      row,
      origin: at,
      region: asked,
      served: asked,
      class: opClass,
      probe,
      cold,
      dueMs: Math.floor(uniform() * endMs),
      waited,
      resolve,
      connect,
      path: rtt,
      server,
      latency: waited + resolve + connect + rtt + server,
      bad: uniform() < 0.00002,
    });
    if (hasFault(kind)) breakRequest(plan, requests.at(-1)!);
  }
  return requests;
}

/**
 * The effect of the outage on a request of its region: refused, then served by Ireland, then by its home region again.
 */
function breakRequest(plan: RunPlan, r: Drawn): void {
  if (r.region !== HURT || r.class === 'static' || r.dueMs < FAULT.t0Ms || r.dueMs >= FAULT.backMs) return;
  const turnsMs = FAULT.switchMs + ((r.origin * 613) % 2400);
  if (!r.probe && r.dueMs >= turnsMs) {
    const rtt = plan.origins[r.origin]!.rttMs;
    r.latency += rtt[1]! - rtt[HURT]!;
    r.path += rtt[1]! - rtt[HURT]!;
    r.region = 1;
    r.served = 1;
  } else if (r.dueMs < FAULT.t1Ms) {
    r.bad = true;
    r.latency = 1;
  }
}
