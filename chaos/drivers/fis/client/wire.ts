/**
 * Responses of FIS, parsed from the JSON itself: the installed SDK (3.523) knows neither ARNs of experiments nor the
 * errors of their states, and drops unknown fields.
 */
import { z } from 'zod';
import type { FisStatus } from '../format.ts';

const epochSeconds = z
  .number()
  .nullish()
  .transform((seconds) => (seconds === null || seconds === undefined ? null : Math.round(seconds * 1000)));
const text = z
  .string()
  .nullish()
  .transform((given) => given ?? null);
const tags = z
  .record(z.string(), z.string())
  .nullish()
  .transform((given) => given ?? {});
const token = z
  .string()
  .nullish()
  .transform((given) => (given === '' ? null : (given ?? null)));

const error = z
  .object({ code: text, location: text })
  .nullish()
  .transform((given) => (given ? [given.code, given.location].filter((part) => part !== null).join(' at ') : null));
const state = z.object({ status: z.string(), reason: text, error });

const action = z.object({
  actionId: z.string(),
  startTime: epochSeconds,
  endTime: epochSeconds,
  state: z.object({ status: z.string(), reason: text }).optional(),
});

const experiment = z.object({
  id: z.string(),
  arn: text,
  experimentTemplateId: z.string(),
  state,
  actions: z.record(z.string(), action).nullish(),
  creationTime: epochSeconds,
  startTime: epochSeconds,
  endTime: epochSeconds,
  tags,
  experimentOptions: z.object({ actionsMode: text }).nullish(),
});

/** One action of an experiment; instants are epoch ms by FIS's clock. */
export interface FisAction {
  name: string;
  actionId: string;
  /** Like the status of an experiment, or `skipped`. */
  status: string;
  reason: string | null;
  startEpochMs: number | null;
  endEpochMs: number | null;
}

export interface FisExperiment {
  id: string;
  /** Null if the endpoint omits it. */
  arn: string | null;
  region: string;
  templateId: string;
  /** A FisStatus, or one that FIS has added since. */
  status: FisStatus | (string & {});
  reason: string | null;
  /** Code and location of the failure. */
  error: string | null;
  actions: FisAction[];
  createdEpochMs: number | null;
  startEpochMs: number | null;
  endEpochMs: number | null;
  tags: Record<string, string>;
  /** Null if the response does not echo it. */
  actionsMode: string | null;
}

/** The experiment of a response. */
export const experimentReply = (region: string) =>
  z.object({ experiment }).transform(({ experiment: given }): FisExperiment => {
    const {
      state: is,
      actions,
      experimentOptions,
      experimentTemplateId,
      creationTime,
      startTime,
      endTime,
      ...rest
    } = given;
    return {
      ...rest,
      region,
      templateId: experimentTemplateId,
      status: is.status,
      reason: is.reason,
      error: is.error === '' ? null : is.error,
      createdEpochMs: creationTime,
      startEpochMs: startTime,
      endEpochMs: endTime,
      actionsMode: experimentOptions?.actionsMode ?? null,
      actions: Object.entries(actions ?? {}).map(([name, one]) => ({
        name,
        actionId: one.actionId,
        status: one.state?.status ?? 'pending',
        reason: one.state?.reason ?? null,
        startEpochMs: one.startTime,
        endEpochMs: one.endTime,
      })),
    };
  });

/** One line of a listing. */
export interface FisSummary {
  id: string;
  /** Null for templates. */
  templateId: string | null;
  status: string | null;
  tags: Record<string, string>;
}

export const experimentPage = z
  .object({
    experiments: z.array(
      z.object({ id: z.string(), experimentTemplateId: text, state: z.object({ status: z.string() }).nullish(), tags }),
    ),
    nextToken: token,
  })
  .transform(({ experiments, nextToken }) => ({
    nextToken,
    items: experiments.map(({ id, experimentTemplateId: templateId, state: is, tags: of }): FisSummary => ({
      id,
      templateId,
      status: is?.status ?? null,
      tags: of,
    })),
  }));

export const templatePage = z
  .object({ experimentTemplates: z.array(z.object({ id: z.string(), tags })), nextToken: token })
  .transform(({ experimentTemplates, nextToken }) => ({
    nextToken,
    items: experimentTemplates.map(({ id, tags: of }): FisSummary => ({
      id,
      templateId: null,
      status: null,
      tags: of,
    })),
  }));

/** One resource that an experiment acts on or would act on. */
export interface ResolvedTarget {
  targetName: string;
  resourceType: string;
  /** As FIS names it: mostly an ARN, with the account id. */
  information: Record<string, string>;
}

export const resolvedPage = z
  .object({
    resolvedTargets: z.array(z.object({ targetName: z.string(), resourceType: text, targetInformation: tags })),
    nextToken: token,
  })
  .transform(({ resolvedTargets, nextToken }) => ({
    nextToken,
    items: resolvedTargets.map(({ targetName, resourceType, targetInformation: information }): ResolvedTarget => ({
      targetName,
      resourceType: resourceType ?? '',
      information,
    })),
  }));

export const templateReply = z
  .object({ experimentTemplate: z.object({ id: z.string() }) })
  .transform(({ experimentTemplate }) => experimentTemplate.id);

export const leverReply = z
  .object({ safetyLever: z.object({ arn: text, state: z.object({ status: z.string(), reason: text }) }) })
  .transform(({ safetyLever: { arn, state } }) => ({ ...state, arn: arn ?? null }));

export const actionReply = z
  .object({
    action: z.object({
      id: z.string(),
      parameters: z.record(z.string(), z.object({ required: z.boolean().nullish() })).nullish(),
      targets: z.record(z.string(), z.object({ resourceType: text })).nullish(),
    }),
  })
  .transform(({ action: { id, parameters, targets } }) => ({
    id,
    parameters: parameters ?? {},
    targets: targets ?? {},
  }));
