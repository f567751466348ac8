/**
 * What FIS says that an experiment would hit: every template is made, started without its actions, and deleted again.
 */
import { localEndpoint } from '../../chaos/drivers/fis/client/local-endpoint.ts';
import type { Target } from '../config/types.ts';
import type { JournalEvent } from '../formats/journal.ts';
import type { RunPlan } from '../formats/plan.ts';
import { FIS_ENDPOINT_VARIABLE, fisControls } from '../run/fis-controls.ts';
import { untilInterrupted } from './interrupt.ts';
import { fisPlan } from './plan-fis.ts';

/**
 * Asks FIS, unless `wanted` is false or nobody says where it is, and tells what it said in lines. Rejects (exit 2 or 4)
 * where FIS refuses or finds nothing; nothing was broken and nothing is left then.
 */
export async function previewLines(
  plan: RunPlan,
  target: Target,
  wanted: boolean,
  showAccounts: boolean,
): Promise<string[]> {
  if (!wanted) return ['Not previewed (--no-preview): nobody has looked what the targets would be.'];
  const controls = await fisControls(target, null, showAccounts, () => Promise.resolve(null));
  if (controls === null) {
    return [
      'Not previewed: there is no FIS to ask. `npm run world -- active-active --fis` starts one, and says what to set ' +
        `${FIS_ENDPOINT_VARIABLE} to.`,
    ];
  }
  const said: Extract<JournalEvent, { kind: 'fis-preview' }>[] = [];
  const { fisDriver } = await import('../../chaos/drivers/fis/driver.ts');
  const driver = fisDriver({
    runId: `${plan.runId}-${Date.now()}`,
    experiment: plan.experiment!,
    controls,
    note: (event) => event.kind === 'fis-preview' && said.push(event),
  });
  try {
    await untilInterrupted((signal) => driver.preview(signal));
  } finally {
    await driver.close();
  }
  const { endpoint } = controls;
  const isLocal = controls.scale !== null && endpoint !== null;
  const skipped = isLocal ? await skippedThere(endpoint, plan, target) : [];
  return [
    `Previewed ${isLocal ? `by ${endpoint}, where a minute takes ${60 / controls.scale!} s` : 'by AWS'}: nothing was broken. It would hit`,
    ...said.flatMap(({ fault, region, targets, doubts }) => [
      `  for fault ${fault} in ${region}:`,
      ...(targets.length > 0 ? targets : ['what FIS does not list (pods)']).map((name) => `    ${name}`),
      ...doubts.map((doubt) => `    BUT ${doubt}`),
    ]),
    ...skipped.map((id) => `  ${id} is checked here and not exercised: nothing of the world stands behind it.`),
  ];
}

async function skippedThere(endpoint: string, plan: RunPlan, target: Target): Promise<string[]> {
  const { notExercised } = await localEndpoint(endpoint);
  const used = fisPlan(plan, target).templates.flatMap(({ actions }) => Object.values(actions));
  return [...new Set(used.map(({ actionId }) => actionId))].filter((id) => notExercised.includes(id));
}
