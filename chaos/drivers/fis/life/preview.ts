/**
 * Before anything is broken: levers are looked at, templates made, and every one of them previewed (`skip-all`), so
 * that what an experiment would hit is known, and that it would hit something. All regions or none.
 */
import { brokenError } from '../../../../src/errors.ts';
import { ACTIONS, isKnownAction } from '../templates/actions.ts';
import { redacted } from '../../../../src/config/arn.ts';
import type { FisUndo } from '../../../../src/formats/faults.ts';
import type { Fis, FisPool } from '../client/client.ts';
import { FisCallError } from '../client/errors.ts';
import { type FisPart, TAGS, tagsOf } from '../format.ts';
import { hasEnded, onceKnown, watchExperiment } from './settle.ts';
import type { ResolvedTarget } from '../client/wire.ts';

/** Targets are resolved within seconds; a preview that takes longer hangs. */
const PREVIEW_WITHIN_MS = 120_000;

export interface PreviewOptions {
  pool: FisPool;
  /** As it goes into the undo data; null for AWS. */
  endpoint: string | null;
  everyMs: number;
  signal?: AbortSignal | undefined;
}

export interface Previewed {
  part: FisPart;
  templateId: string;
  /** Id of the experiment that was the preview. */
  previewId: string;
  targets: ResolvedTarget[];
  /** What of the template FIS's own catalogue knows otherwise than we do; a warning, not a mistake. */
  doubts: string[];
}

/** Makes and previews all templates. If one fails, all that were made are deleted again and this rejects. */
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

/** Best effort: what stays is found by its tags. */
async function deleteTemplates(
  made: { part: Pick<FisPart, 'awsRegion'>; templateId: string }[],
  pool: FisPool,
): Promise<void> {
  await Promise.allSettled(made.map(({ part, templateId }) => pool.in(part.awsRegion).deleteTemplate(templateId)));
}

/** What the journal and the keeper hold of a previewed part, before it is started. */
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

/** An engaged lever cancels every experiment: better said before than found out. */
async function refuseEngaged(fis: Fis): Promise<void> {
  const lever = await fis.lever();
  if (lever === null || lever.status === 'disengaged') return;
  const call = { operation: 'GetSafetyLever', region: fis.region, endpoint: null, showAccounts: false };
  throw new FisCallError(call, 'lever', null, {
    what: `the safety lever is ${lever.status}: no experiment may run here`,
    got: lever.reason ?? 'no reason',
    expected: 'disengaged',
    next:
      'Ask whoever engaged it. `aws fis update-safety-lever-state --id default --state ' +
      `status=disengaged,reason=... --region ${fis.region}\` lets go of it.`,
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
  const begun = await onceKnown(() => fis.start(order, signal), signal);
  const ended = await watchExperiment(fis, begun.id, hasEnded, { everyMs, withinMs: PREVIEW_WITHIN_MS, signal });
  const where = `FIS in ${fis.region}`;
  if (ended?.status !== 'completed') {
    if (ended === null) await fis.stop(begun.id).catch(() => null);
    throw brokenError({
      where,
      what: `the preview ${ended === null ? 'does not end' : `ended as ${ended.status}`}`,
      got: redacted([ended?.reason, ended?.error].filter(Boolean).join('; ')) || 'no reason',
      expected: 'completed',
      next: 'Correct `fis:` of the target: every selector must find something. Nothing was injected.',
    });
  }
  const targets = await fis.resolvedTargets(begun.id);
  // Whatever the endpoint thinks of empty targets. Pods are chosen by parameters alone and are not promised in the
  // listing.
  const [empty] = Object.entries(template.targets).find(
    ([name, { resourceType }]) =>
      resourceType !== 'aws:eks:pod' && !targets.some(({ targetName }) => targetName === name),
  ) ?? [undefined];
  if (empty !== undefined) {
    throw brokenError({
      where,
      what: `the preview found nothing for the target ${empty}`,
      expected: 'at least one resource',
      next: 'Correct `fis:` of the target. Nothing was injected.',
    });
  }
  return { previewId: begun.id, targets };
}

/** GetAction is authoritative; our table was right when it was written. */
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
        ...unknown.map((name) => `${id} has no parameter ${name} here`),
        ...missing.map((name) => `${id} wants the parameter ${name} here`),
        ...(slot && !known.targets[slot.name] ? [`${id} has no targets called ${slot.name} here`] : []),
      ];
    }),
  );
  return found.flat();
}
