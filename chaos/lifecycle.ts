/**
 * The life of an experiment (DESIGN section 8): preflight, the keeper, and where faults go through FIS their templates;
 * then its timeline (timeline.ts).
 */
import { join } from 'node:path';
import type { LifecycleOptions } from './course.ts';
import type { FisDriver } from './drivers/fis/driver.ts';
import { TTL_MARGIN_MS } from './inject.ts';
import { type Keeper, startKeeper } from './keeper.ts';
import type { FisControls } from './points.ts';
import { preflight } from './preflight.ts';
import { type Lifecycle, TEMPLATES, timeline } from './timeline.ts';

/** Preflight (preflight.ts), and the keeper is started. */
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
      await keeper.hold(TEMPLATES, await fis.preview(options.signal), planMs + UNTIL_T0_MS + TTL_MARGIN_MS);
    }
    return timeline(options, faults, keeper, fis);
  } catch (error) {
    await fis?.close();
    await keeper?.stop();
    throw error;
  }
}

/** From the previews to T0, at the most: k6 may take so long to make its virtual users. */
const UNTIL_T0_MS = 10 * 60_000;

/** Only where it is asked for: its SDK takes a while to load. */
async function openFis({ runId, experiment, journal }: LifecycleOptions, controls: FisControls): Promise<FisDriver> {
  const { fisDriver } = await import('./drivers/fis/driver.ts');
  return fisDriver({ runId, experiment, controls, note: (event) => journal.note(event) });
}
