/**
 * The lifecycle of an experiment: preflight, keeper, templates of faults through FIS, then the timeline (timeline.ts).
 */
import { join } from 'node:path';
import type { FisDriver } from './drivers/fis/driver.ts';
import { TTL_MARGIN_MS } from './inject.ts';
import { type Keeper, startKeeper } from './keeper.ts';
import type { FisControls } from './points.ts';
import { preflight } from './preflight.ts';
import type { LifecycleOptions } from './timeline-context.ts';
import { type Lifecycle, TEMPLATES, timeline } from './timeline.ts';

/** Runs the preflight (preflight.ts) and starts the keeper. */
export async function startLifecycle(options: LifecycleOptions): Promise<Lifecycle> {
  const { experiment, controls, journal } = options;
  journal.write({ kind: 'state', state: 'PREFLIGHT' });
  const fis = controls.fis ? await openFis(options, controls.fis) : null;
  let keeper: Keeper | undefined;
  try {
    const faults = await preflight(experiment, controls, fis);
    keeper = await startKeeper(join(options.runDir, 'keeper.jsonl'));
    if (fis) {
      const planMs = Math.max(...experiment.faults.map(({ toMs }) => toMs));
      await keeper.hold(TEMPLATES, await fis.preview(options.signal), planMs + MAX_UNTIL_T0_MS + TTL_MARGIN_MS);
    }
    return timeline(options, faults, keeper, fis);
  } catch (error) {
    await fis?.close();
    await keeper?.stop();
    throw error;
  }
}

/** From the previews to T0: k6 may take that long to create its virtual users. */
const MAX_UNTIL_T0_MS = 10 * 60_000;

/** Imported on demand: the AWS SDK is slow to load. */
async function openFis({ runId, experiment, journal }: LifecycleOptions, controls: FisControls): Promise<FisDriver> {
  const { fisDriver } = await import('./drivers/fis/driver.ts');
  return fisDriver({ runId, experiment, controls, note: (event) => journal.note(event) });
}
