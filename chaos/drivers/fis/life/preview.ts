/**
 * Before any fault: checks the safety levers, creates the templates and previews each of them (`skip-all`), to find the
 * resources that an experiment would act on and to refuse one that would find none. All regions or none.
 */
import { brokenError } from '../../../../src/errors.ts';
import { ACTIONS, isKnownAction } from '../templates/actions.ts';
import { redacted } from '../../../../src/config/arn.ts';
import type { FisUndo } from '../../../../src/formats/faults.ts';
import type { Fis, FisPool } from '../client/client.ts';
import { FisCallError } from '../client/errors.ts';
import { type FisPart, TAGS, tagsOf } from '../format.ts';
import { hasEnded, retryWhileAbsent, watchExperiment } from './settle.ts';
import type { ResolvedTarget } from '../client/wire.ts';

/** Targets are normally resolved within seconds. */
const PREVIEW_WITHIN_MS = 120_000;

export interface PreviewOptions {
  pool: FisPool;
  /** For the undo data; null for AWS. */
  endpoint: string | null;
  everyMs: number;
  signal?: AbortSignal | undefined;
}

export interface Previewed {
  part: FisPart;
  templateId: string;
  /** Id of the preview experiment. */
  previewId: string;
  targets: ResolvedTarget[];
  /** Differences between the template and FIS's own catalogue of actions; warnings, not errors. */
  doubts: string[];
}

/** Creates and previews all templates. If one fails, all are deleted and this rejects. */
export async function previewAll(parts: FisPart[], options: PreviewOptions): Promise<Previewed[]> {
  const { pool } = options;
  const regions = [...new Set(parts.map(({ awsRegion }) => awsRegion))];
  await Promise.all(regions.map((region) => refuseEngaged(pool.in(region))));
  const made: { part: FisPart; templateId: string }[] = [];
  const settled = await Promise.allSettled(
    parts.map(async (part): Promise<Previewed> => {
      const fis = pool.in(part.awsRegion);
      const templateId = await fis.createTemplate(part.template, part.tokens.template, options.signal);
      made.push({ part, templateId });
      const [doubts, found] = await Promise.all([doubtsAbout(fis, part), preview(fis, part, templateId, options)]);
      return { part, templateId, doubts, ...found };
    }),
  );
  const failed = settled.filter((one) => one.status === 'rejected').map(({ reason }) => reason as Error);
  if (failed.length === 0) return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  await deleteTemplates(made, pool);
  const [only] = failed;
  if (only && failed.length === 1) throw only;
  throw brokenError({
    what: `${failed.length} of ${parts.length} previews failed`,
    got: failed.map(({ message }) => message).join(' '),
    next: 'Nothing was injected.',
  });
}

/** Best effort: what remains is found by its tags. */
async function deleteTemplates(
  made: { part: Pick<FisPart, 'awsRegion'>; templateId: string }[],
  pool: FisPool,
): Promise<void> {
  await Promise.allSettled(made.map(({ part, templateId }) => pool.in(part.awsRegion).deleteTemplate(templateId)));
}

/** The undo data of a previewed part, for journal and keeper before it is started. */
export const undoOf = ({ part, templateId }: Previewed, endpoint: string | null): FisUndo => ({
  driver: 'fis',
  fault: part.fault,
  region: part.awsRegion,
  endpoint,
  owner: part.owner,
  templateId,
  clientToken: part.tokens.run,
  experimentId: null,
});

/** An engaged lever cancels every experiment. */
async function refuseEngaged(fis: Fis): Promise<void> {
  const lever = await fis.lever();
  if (lever === null || lever.status === 'disengaged') return;
  const call = { operation: 'GetSafetyLever', region: fis.region, endpoint: null, showAccounts: false };
  throw new FisCallError(call, 'lever', null, {
    what: `the safety lever is ${lever.status}: no experiment may run in this region`,
    got: lever.reason ?? 'no reason',
    expected: 'disengaged',
    next:
      'Contact the user who engaged it. `aws fis update-safety-lever-state --id default --state ' +
      `status=disengaged,reason=... --region ${fis.region}\` disengages it.`,
  });
}

async function preview(
  fis: Fis,
  { fault, owner, tokens, template }: FisPart,
  templateId: string,
  { everyMs, signal }: PreviewOptions,
): Promise<{ previewId: string; targets: ResolvedTarget[] }> {
  const tags = { ...tagsOf(fault, owner, null), [TAGS.part]: 'preview' };
  const order = { templateId, clientToken: tokens.preview, actionsMode: 'skip-all', tags } as const;
  const begun = await retryWhileAbsent(() => fis.start(order, signal), signal);
  const ended = await watchExperiment(fis, begun.id, hasEnded, { everyMs, withinMs: PREVIEW_WITHIN_MS, signal });
  const where = `FIS in ${fis.region}`;
  if (ended?.status !== 'completed') {
    if (ended === null) await fis.stop(begun.id).catch(() => null);
    throw brokenError({
      where,
      what: `the preview ${ended === null ? `has not ended after ${PREVIEW_WITHIN_MS / 1000} s` : `ended as ${ended.status}`}`,
      got: redacted([ended?.reason, ended?.error].filter(Boolean).join('; ')) || 'no reason',
      expected: 'completed',
      next: 'Correct `fis:` of the target: every selector must match a resource. Nothing was injected.',
    });
  }
  const targets = await fis.resolvedTargets(begun.id);
  // Checked here too, as an endpoint may accept empty targets. Pods may be missing from the listing.
  const [empty] = Object.entries(template.targets).find(
    ([name, { resourceType }]) =>
      resourceType !== 'aws:eks:pod' && !targets.some(({ targetName }) => targetName === name),
  ) ?? [undefined];
  if (empty !== undefined) {
    throw brokenError({
      where,
      what: `the preview found no resource for the target ${empty}`,
      expected: 'at least one resource',
      next: 'Correct `fis:` of the target. Nothing was injected.',
    });
  }
  return { previewId: begun.id, targets };
}

/** Compares our table of actions with GetAction, which is authoritative. */
async function doubtsAbout(fis: Fis, { template }: FisPart): Promise<string[]> {
  const ids = [...new Set(Object.values(template.actions).map(({ actionId }) => actionId))];
  const found = await Promise.all(
    ids.map(async (id): Promise<string[]> => {
      const known = await fis.action(id).catch(() => null);
      if (known === null) return [];
      const { slot, duration } = isKnownAction(id) ? ACTIONS[id] : { slot: null, duration: null };
      const used = Object.values(template.actions).find(({ actionId }) => actionId === id)!;
      const unknown = Object.keys(used.parameters).filter((name) => !Object.hasOwn(known.parameters, name));
      const missing = Object.entries(known.parameters)
        .filter(([name, { required }]) => required && name !== duration && !Object.hasOwn(used.parameters, name))
        .map(([name]) => name);
      return [
        ...unknown.map((name) => `${id} has no parameter ${name} in this region`),
        ...missing.map((name) => `${id} requires the parameter ${name} in this region`),
        ...(slot && !known.targets[slot.name] ? [`${id} has no targets named ${slot.name} in this region`] : []),
      ];
    }),
  );
  return found.flat();
}
