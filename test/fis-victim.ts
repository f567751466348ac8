/**
 * A stand-in for the harness, to be killed: runs one experiment through FIS, and prints every event as a line of JSON.
 * `node --import tsx test/fis-victim.ts <{"runId", "experiment", "controls"} as JSON>`
 */
import type { Controls } from '../chaos/points.ts';
import type { PlanExperiment } from '../src/formats/faults.ts';
import { liveExperiment } from './lifecycle-rig.ts';

const { runId, experiment, controls } = JSON.parse(process.argv[2]!) as {
  runId: string;
  experiment: PlanExperiment;
  controls: Controls;
};
const print = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
const live = await liveExperiment(experiment, controls, print, runId);
print({ kind: 'ready', dir: live.dir });
live.lifecycle.begin(Date.now());
await live.lifecycle.ended;
setInterval(() => {}, 60_000);
