/**
 * A plan and a result like those of a real run of `apac-heavy`, drawn from a seed, for tests and previews of the
 * reports. Round trips come from the atlas, latencies are drawn, verdicts follow from the drawn counts.
 */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { RunResult } from '../../reports/run-result.ts';
import { draw } from './draw.ts';
import { samplePlan } from './plan.ts';
import { sampleResult } from './result.ts';
import type { SampleKind } from './scene.ts';

export interface SampleRun {
  plan: RunPlan;
  result: RunResult;
}

/** Plan and result of one sample run; the same for the same kind and seed. */
export function sampleRun(kind: SampleKind, seed = 1): SampleRun {
  const key = `${kind} ${seed}`;
  const run = drawn.get(key) ?? drawRun(kind, seed);
  drawn.set(key, run);
  // A copy, because tests change it.
  return structuredClone(run);
}

const drawn = new Map<string, SampleRun>();

function drawRun(kind: SampleKind, seed: number): SampleRun {
  const judgedMs = kind === 'INCONCLUSIVE' ? 8_000 : 180_000;
  const plan = samplePlan(kind, seed, judgedMs);
  const requests = kind === 'nothing' ? [] : draw(plan, kind, seed);
  return { plan, result: sampleResult(plan, requests, kind) };
}
