/**
 * The operations of FIS that we use, with what the newest SDK on npm (3.523) drops put back. A start is looked at on
 * its last step before the wire and in its reply: a preview that lost its mode on the way is not sent, or stopped at
 * once.
 */
import {
  CreateExperimentTemplateCommand,
  DeleteExperimentTemplateCommand,
  GetActionCommand,
  GetExperimentCommand,
  ListExperimentResolvedTargetsCommand,
  ListExperimentsCommand,
  ListExperimentTemplatesCommand,
  StartExperimentCommand,
  StopExperimentCommand,
} from '@aws-sdk/client-fis';
import type { z } from 'zod';
import { type FisCall, FisCallError, isFisFailure } from './errors.ts';
import type { FisTemplate } from '../format.ts';
import { type FisOptions, type HttpRequest, senderTo } from './send.ts';
import * as wire from './wire.ts';

export type ActionsMode = 'run-all' | 'skip-all';

export interface Fis {
  readonly region: string;
  /** Id of the template. The same token makes the same one. */
  createTemplate(template: FisTemplate, clientToken: string, signal?: AbortSignal): Promise<string>;
  /** False if it was not there. */
  deleteTemplate(id: string): Promise<boolean>;
  templates(): Promise<wire.FisSummary[]>;
  /**
   * Starts an experiment. `skip-all` resolves targets and does nothing; a reply that does not say so is stopped at
   * once.
   */
  start(order: StartOrder, signal?: AbortSignal): Promise<wire.FisExperiment>;
  experiment(id: string): Promise<wire.FisExperiment>;
  /** Asks it to stop; null if there is none. One that has ended is no error. */
  stop(id: string): Promise<wire.FisExperiment | null>;
  /** All pages; of one template, if it is named. */
  experiments(templateId?: string): Promise<wire.FisSummary[]>;
  resolvedTargets(experimentId: string): Promise<wire.ResolvedTarget[]>;
  /** `engaged`, `engaging` or `disengaged`; null where the endpoint has no lever. */
  lever(): Promise<{ status: string; reason: string | null; arn: string | null } | null>;
  action(id: string): Promise<z.output<typeof wire.actionReply>>;
  /** Lets go of its connections. */
  close(): void;
}

export interface StartOrder {
  templateId: string;
  clientToken: string;
  actionsMode: ActionsMode;
  tags: Record<string, string>;
}

/** FIS of one region. Usage error for an endpoint that would take signatures over the open net in clear text. */
export function fisIn(region: string, options: FisOptions): Fis {
  const sender = senderTo(region, options);
  const { call, pages } = sender;

  const stop = (id: string): Promise<wire.FisExperiment | null> =>
    call('StopExperiment', new StopExperimentCommand({ id }), wire.experimentReply(region)).catch(absentIsNull);

  return {
    region,
    createTemplate: (template, clientToken, signal) =>
      call(
        'CreateExperimentTemplate',
        new CreateExperimentTemplateCommand({ ...template, clientToken }),
        wire.templateReply,
        { alter: addIfAbsent({ experimentReportConfiguration: template.experimentReportConfiguration }), signal },
      ),
    deleteTemplate: async (id) =>
      (await call('DeleteExperimentTemplate', new DeleteExperimentTemplateCommand({ id }), wire.templateReply).catch(
        absentIsNull,
      )) !== null,
    templates: () =>
      pages('ListExperimentTemplates', (page) => new ListExperimentTemplatesCommand(page), wire.templatePage),
    async start({ templateId, clientToken, actionsMode, tags }, signal) {
      const begun = await call(
        'StartExperiment',
        new StartExperimentCommand({ experimentTemplateId: templateId, clientToken, tags }),
        wire.experimentReply(region),
        { alter: addIfAbsent({ experimentOptions: { actionsMode } }), check: mustSay(actionsMode), signal },
      );
      // An endpoint that leaves it out when asked to run does what is its default.
      if (begun.actionsMode === actionsMode || (actionsMode === 'run-all' && begun.actionsMode === null)) return begun;
      const stopped = await stop(begun.id).then(
        () => 'It was told to stop.',
        (error: unknown) => `IT COULD NOT BE STOPPED: ${String(error)}`,
      );
      throw new FisCallError(sender.aboutOf('StartExperiment'), 'unsafe', 200, {
        what: `experiment ${begun.id} was started with another mode than asked for, and may have broken something`,
        got: begun.actionsMode === null ? 'a reply that names no actionsMode' : begun.actionsMode,
        expected: actionsMode,
        next: `${stopped} Look at the resources of its targets; do not use this endpoint for previews.`,
      });
    },
    experiment: (id) => call('GetExperiment', new GetExperimentCommand({ id }), wire.experimentReply(region)),
    stop,
    experiments: (templateId) =>
      pages(
        'ListExperiments',
        (page) => new ListExperimentsCommand(page),
        wire.experimentPage,
        templateId === undefined
          ? {}
          : { alter: (request) => void (request.query['experimentTemplateId'] ??= templateId) },
      ),
    resolvedTargets: (experimentId) =>
      pages(
        'ListExperimentResolvedTargets',
        (page) => new ListExperimentResolvedTargetsCommand({ experimentId, ...page }),
        wire.resolvedPage,
      ),
    async lever() {
      // The SDK has no such command; another GET is sent to the lever's address, signed and retried like all.
      const alter = (request: HttpRequest): void => void (request.path = '/safetyLevers/default');
      const asked = call('GetSafetyLever', new GetExperimentCommand({ id: 'default' }), wire.leverReply, { alter });
      return await asked.catch((error: unknown) => {
        const isUnknown = error instanceof FisCallError && [404, 405, 501].includes(error.status ?? 0);
        if (isUnknown) return null;
        throw error;
      });
    },
    action: (id) => call('GetAction', new GetActionCommand({ id }), wire.actionReply),
    close: () => sender.close(),
  };
}

/** Puts fields back that this SDK does not serialise; a newer one that does keeps its own. */
const addIfAbsent =
  (fields: Record<string, unknown>) =>
  (request: HttpRequest): void => {
    const body = JSON.parse(String(request.body)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined) body[name] ??= value;
    }
    request.body = JSON.stringify(body);
  };

/** A start whose mode is not on the wire would run, whatever was meant. */
const mustSay =
  (actionsMode: ActionsMode) =>
  ({ body }: HttpRequest, call: FisCall): void => {
    const sent = JSON.parse(String(body)) as { experimentOptions?: { actionsMode?: string } };
    if (sent.experimentOptions?.actionsMode === actionsMode) return;
    throw new FisCallError(call, 'unsafe', null, {
      what: 'the SDK lost the mode of StartExperiment; it was not sent',
      got: JSON.stringify(sent.experimentOptions ?? null),
      expected: actionsMode,
      next: 'Report this with the version of @aws-sdk/client-fis.',
    });
  };

export interface FisPool {
  in(region: string): Fis;
  close(): void;
}

/** FIS of as many regions as are asked for, a client each. */
export function fisPool(options: FisOptions): FisPool {
  const clients = new Map<string, Fis>();
  return {
    in(region) {
      const fis = clients.get(region) ?? fisIn(region, options);
      clients.set(region, fis);
      return fis;
    },
    close() {
      for (const fis of clients.values()) fis.close();
    },
  };
}

const absentIsNull = (error: unknown): null => {
  if (isFisFailure(error, 'absent')) return null;
  throw error;
};
