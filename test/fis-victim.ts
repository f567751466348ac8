/**
 * A stand-in for the harness, to be killed: leads one experiment through FIS, and says every event as a line of JSON.
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
const say = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
const live = await liveExperiment(experiment, controls, say, runId);
say({ kind: 'ready', dir: live.dir });
live.lifecycle.begin(Date.now());
await live.lifecycle.ended;
setInterval(() => {}, 60_000);
