/**
 * The operations of FIS that we use, with the fields restored that the newest SDK on npm (3.523) drops. A start is
 * checked in the last step before it is sent and in its response: a preview that lost its mode is not sent, or stopped
 * at once.
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
  /** Id of the template. The same token returns the same template. */
  createTemplate(template: FisTemplate, clientToken: string, signal?: AbortSignal): Promise<string>;
  /** False if it did not exist. */
  deleteTemplate(id: string): Promise<boolean>;
  templates(): Promise<wire.FisSummary[]>;
  /**
   * Starts an experiment. `skip-all` resolves targets and does nothing; if the response does not confirm the mode, the
   * experiment is stopped at once.
   */
  start(order: StartOrder, signal?: AbortSignal): Promise<wire.FisExperiment>;
  experiment(id: string): Promise<wire.FisExperiment>;
  /** Requests a stop; null if there is no such experiment. Stopping one that has ended is no error. */
  stop(id: string): Promise<wire.FisExperiment | null>;
  /** All experiments, or those of one template. */
  experiments(templateId?: string): Promise<wire.FisSummary[]>;
  resolvedTargets(experimentId: string): Promise<wire.ResolvedTarget[]>;
  /** `engaged`, `engaging` or `disengaged`; null where the endpoint has no lever. */
  lever(): Promise<{ status: string; reason: string | null; arn: string | null } | null>;
  action(id: string): Promise<z.output<typeof wire.actionReply>>;
  /** Closes its connections. */
  close(): void;
}

export interface StartOrder {
  templateId: string;
  clientToken: string;
  actionsMode: ActionsMode;
  tags: Record<string, string>;
}

/** FIS of one region. Usage error for an endpoint that would receive signed requests unencrypted over a network. */
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
        { alter: addIfAbsent({ experimentOptions: { actionsMode } }), check: requireMode(actionsMode), signal },
      );
      // run-all is the default, so an endpoint may leave it out.
      if (begun.actionsMode === actionsMode || (actionsMode === 'run-all' && begun.actionsMode === null)) return begun;
      const stopped = await stop(begun.id).then(
        () => 'A stop was requested.',
        (error: unknown) => `IT COULD NOT BE STOPPED: ${String(error)}`,
      );
      throw new FisCallError(sender.aboutOf('StartExperiment'), 'unsafe', 200, {
        what: `experiment ${begun.id} was started with a different mode than requested, and may have injected a fault`,
        got: begun.actionsMode === null ? 'a response without actionsMode' : begun.actionsMode,
        expected: actionsMode,
        next: `${stopped} Check the resources of its targets; do not use this endpoint for previews.`,
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
      // The SDK has no such command; another GET is sent to the lever's path, with signature and retries.
      const alter = (request: HttpRequest): void => void (request.path = '/safetyLevers/default');
      const reply = call('GetSafetyLever', new GetExperimentCommand({ id: 'default' }), wire.leverReply, { alter });
      return await reply.catch((error: unknown) => {
        const isUnknown = error instanceof FisCallError && [404, 405, 501].includes(error.status ?? 0);
        if (isUnknown) return null;
        throw error;
      });
    },
    action: (id) => call('GetAction', new GetActionCommand({ id }), wire.actionReply),
    close: () => sender.close(),
  };
}

/** Restores fields that this SDK does not serialise; those of a newer one are kept. */
const addIfAbsent =
  (fields: Record<string, unknown>) =>
  (request: HttpRequest): void => {
    const body = JSON.parse(String(request.body)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined) body[name] ??= value;
    }
    request.body = JSON.stringify(body);
  };

/** A start without its mode in the request would run all actions. */
const requireMode =
  (actionsMode: ActionsMode) =>
  ({ body }: HttpRequest, call: FisCall): void => {
    const sent = JSON.parse(String(body)) as { experimentOptions?: { actionsMode?: string } };
    if (sent.experimentOptions?.actionsMode === actionsMode) return;
    throw new FisCallError(call, 'unsafe', null, {
      what: 'the SDK dropped the actionsMode of StartExperiment; the request was not sent',
      got: JSON.stringify(sent.experimentOptions ?? null),
      expected: actionsMode,
      next: 'Report this with the version of @aws-sdk/client-fis.',
    });
  };

export interface FisPool {
  in(region: string): Fis;
  close(): void;
}

/** Clients of FIS, one per region, created on demand. */
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
