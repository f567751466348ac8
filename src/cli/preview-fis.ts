/**
 * The FIS preview of an experiment: every template is created, started with its actions skipped, and deleted.
 */
import { localEndpoint } from '../../chaos/drivers/fis/client/local-endpoint.ts';
import type { Target } from '../config/types.ts';
import type { JournalEvent } from '../formats/journal.ts';
import type { RunPlan } from '../formats/plan.ts';
import { FIS_ENDPOINT_VARIABLE, fisControls } from '../run/fis-controls.ts';
import { untilInterrupted } from './interrupt.ts';
import { fisPlan } from './plan-fis.ts';

/**
 * Previews the experiment, unless `isWanted` is false or there is no endpoint; returns lines to print. Rejects (exit 2
 * or 4) if FIS refuses a template or finds no target; no fault was injected and nothing is left.
 */
export async function previewLines(
  plan: RunPlan,
  target: Target,
  isWanted: boolean,
  showAccounts: boolean,
): Promise<string[]> {
  if (!isWanted) return ['Not previewed (--no-preview): the targets are unknown.'];
  const controls = await fisControls(target, null, showAccounts, () => Promise.resolve(null));
  if (controls === null) {
    return [
      'Not previewed: there is no FIS endpoint. `npm run world -- active-active --fis` starts one and prints the value of ' +
        `${FIS_ENDPOINT_VARIABLE}.`,
    ];
  }
  const previews: Extract<JournalEvent, { kind: 'fis-preview' }>[] = [];
  const { fisDriver } = await import('../../chaos/drivers/fis/driver.ts');
  const driver = fisDriver({
    runId: `${plan.runId}-${Date.now()}`,
    experiment: plan.experiment!,
    controls,
    note: (event) => event.kind === 'fis-preview' && previews.push(event),
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
    `Previewed ${isLocal ? `by ${endpoint}, where a minute takes ${60 / controls.scale!} s` : 'by AWS'}; no fault was injected. Targets`,
    ...previews.flatMap(({ fault, region, targets, doubts }) => [
      `  for fault ${fault} in ${region}:`,
      ...(targets.length > 0 ? targets : ['pods, which FIS does not list']).map((name) => `    ${name}`),
      ...doubts.map((doubt) => `    WARNING: ${doubt}`),
    ]),
    ...skipped.map((id) => `  ${id} is validated but not exercised: the world has no such resource.`),
  ];
}

async function skippedThere(endpoint: string, plan: RunPlan, target: Target): Promise<string[]> {
  const { notExercised } = await localEndpoint(endpoint);
  const used = fisPlan(plan, target).templates.flatMap(({ actions }) => Object.values(actions));
  return [...new Set(used.map(({ actionId }) => actionId))].filter((id) => notExercised.includes(id));
}
