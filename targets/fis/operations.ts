/** The operations on a region. Input and response have the shapes of the model. */
import { ACTIONS, RESOURCE_TYPES } from './catalogue.ts';
import { invalid, notFound } from './errors.ts';
import type { ActionRun } from './action-run.ts';
import type { OperationName } from './model.ts';
import type { FisRegion, StoredExperiment, StoredTemplate } from './region.ts';
import { compact, type TemplateSpec } from './wire.ts';

type Input = Record<string, unknown>;
type Operation = (region: FisRegion, input: never) => object;

interface Page {
  maxResults?: number;
  nextToken?: string;
}

const DEFAULT_PAGE = 100;

const operations: Record<OperationName, Operation> = {
  CreateExperimentTemplate: (region, input: TemplateSpec & { clientToken: string }) => ({
    experimentTemplate: templateReply(region, region.createTemplate(input)),
  }),
  GetExperimentTemplate: (region, { id }: { id: string }) => ({
    experimentTemplate: templateReply(region, region.template(id)),
  }),
  UpdateExperimentTemplate: (region, { id, ...changes }: Partial<TemplateSpec> & { id: string }) => ({
    experimentTemplate: templateReply(region, region.updateTemplate(id, changes)),
  }),
  DeleteExperimentTemplate: (region, { id }: { id: string }) => {
    const template = region.template(id);
    region.templates.delete(id);
    return { experimentTemplate: templateReply(region, template) };
  },
  ListExperimentTemplates: (region, page: Page) =>
    paged(
      'experimentTemplates',
      page,
      [...region.templates.values()],
      ({ id, spec, tags, creationTime, lastUpdateTime }) => ({
        id,
        arn: region.arnOf('experiment-template', id),
        description: spec.description,
        creationTime,
        lastUpdateTime,
        tags,
      }),
    ),
  StartExperiment: (region, input: Parameters<FisRegion['start']>[0]) => ({
    experiment: experimentReply(region, region.start(input)),
  }),
  GetExperiment: (region, { id }: { id: string }) => ({ experiment: experimentReply(region, region.experiment(id)) }),
  StopExperiment: (region, { id }: { id: string }) => ({ experiment: experimentReply(region, region.stop(id)) }),
  ListExperiments(region, { experimentTemplateId, ...page }: Page & { experimentTemplateId?: string }) {
    const all = [...region.experiments.values()];
    const wanted = all.filter(({ templateId }) => templateId === (experimentTemplateId ?? templateId));
    return paged('experiments', page, wanted, (one) => {
      const { id, arn, experimentTemplateId, state, creationTime, tags, experimentOptions } = experimentReply(
        region,
        one,
      );
      return { id, arn, experimentTemplateId, state, creationTime, tags, experimentOptions };
    });
  },
  ListExperimentResolvedTargets(
    region,
    { experimentId, targetName, ...page }: Page & { experimentId: string; targetName?: string },
  ) {
    const { experiment } = region.experiment(experimentId);
    if (targetName !== undefined && !Object.hasOwn(experiment.template.targets ?? {}, targetName))
      throw notFound(`Experiment ${experimentId} has no target ${targetName}.`);
    const resolved = [...experiment.resolved].flatMap(([name, resources]) =>
      name === (targetName ?? name) ? resources.map(({ arn, type }) => ({ name, arn, type })) : [],
    );
    return paged('resolvedTargets', page, resolved, ({ name, arn, type }) => ({
      resourceType: type,
      targetName: name,
      targetInformation: { arn },
    }));
  },
  GetAction(region, { id }: { id: string }) {
    const action = ACTIONS[id];
    if (!action) throw notFound(`Action ${id} not found.`);
    const parameters = Object.fromEntries(
      Object.entries(action.parameters).map(([name, required]) => [name, { description: name, required }]),
    );
    return { action: { ...actionSummary(region, id), parameters } };
  },
  ListActions: (region, page: Page) => paged('actions', page, Object.keys(ACTIONS), (id) => actionSummary(region, id)),
  GetTargetResourceType(_, { resourceType }: { resourceType: string }) {
    const type = RESOURCE_TYPES[resourceType];
    if (!type) throw notFound(`Target resource type ${resourceType} not found.`);
    const parameters = Object.fromEntries(
      Object.entries(type.parameters).map(([name, { required, path }]) => [name, { description: path, required }]),
    );
    return { targetResourceType: { resourceType, description: type.description, parameters } };
  },
  ListTargetResourceTypes: (_, page: Page) =>
    paged('targetResourceTypes', page, Object.entries(RESOURCE_TYPES), ([resourceType, { description }]) => ({
      resourceType,
      description,
    })),
  GetSafetyLever: (region, { id }: { id: string }) => leverReply(region, id),
  UpdateSafetyLeverState(region, input: { id: string; state: { status: 'engaged' | 'disengaged'; reason: string } }) {
    leverReply(region, input.id);
    region.setLever(input.state);
    return leverReply(region, input.id);
  },
  TagResource(region, { resourceArn, tags }: { resourceArn: string; tags: Record<string, string> }) {
    Object.assign(region.tagsOf(resourceArn), tags);
    return {};
  },
  UntagResource(region, { resourceArn, tagKeys }: { resourceArn: string; tagKeys?: string[] }) {
    const tags = region.tagsOf(resourceArn);
    for (const key of tagKeys ?? []) delete tags[key];
    return {};
  },
  ListTagsForResource: (region, { resourceArn }: { resourceArn: string }) => ({ tags: region.tagsOf(resourceArn) }),
};

/** Carries out an operation. The input has the shape of the model. */
export const operate = (operation: OperationName, region: FisRegion, input: Input): object =>
  operations[operation](region, input as never);

function templateReply(region: FisRegion, { id, spec, tags, creationTime, lastUpdateTime }: StoredTemplate) {
  const experimentOptions = {
    accountTargeting: 'single-account',
    emptyTargetResolutionMode: 'fail',
    ...spec.experimentOptions,
  };
  const arn = region.arnOf('experiment-template', id);
  const targets = spec.targets ?? {};
  return {
    ...spec,
    targets,
    id,
    arn,
    tags,
    creationTime,
    lastUpdateTime,
    experimentOptions,
    targetAccountConfigurationsCount: 0,
  };
}

function experimentReply(region: FisRegion, { id, templateId, tags, experiment }: StoredExperiment) {
  const { template, state, creationTime, startTime, endTime, actionsMode } = experiment;
  const { roleArn, stopConditions, logConfiguration, experimentReportConfiguration } = template;
  return compact({
    id,
    arn: region.arnOf('experiment', id),
    experimentTemplateId: templateId,
    roleArn,
    state,
    targets: template.targets ?? {},
    actions: Object.fromEntries([...experiment.actions].map(([name, action]) => [name, actionReply(action)])),
    stopConditions,
    creationTime,
    startTime,
    endTime,
    tags,
    logConfiguration,
    experimentOptions: {
      accountTargeting: 'single-account',
      emptyTargetResolutionMode: 'fail',
      ...template.experimentOptions,
      actionsMode,
    },
    targetAccountConfigurationsCount: 0,
    experimentReportConfiguration,
    ...(experimentReportConfiguration
      ? { experimentReport: reportReply(experiment.isOver, experiment.state.status) }
      : {}),
  });
}

/** No report is ever written; its state follows that of the experiment. */
function reportReply(isOver: boolean, status: string): object {
  if (!isOver) return { state: { status: 'pending', reason: 'The experiment has not ended.' } };
  const reported = status === 'cancelled' ? 'cancelled' : 'completed';
  return { state: { status: reported, reason: 'The local endpoint writes no reports.' }, s3Reports: [] };
}

const actionReply = ({ spec, status, reason, startTime, endTime }: ActionRun): object =>
  compact({ ...spec, state: { status, reason }, startTime, endTime });

const actionSummary = (region: FisRegion, id: string) => ({
  id,
  arn: region.arnOf('action', id),
  description: ACTIONS[id]!.description,
  targets: Object.fromEntries(
    Object.entries(ACTIONS[id]!.targets).map(([slot, resourceType]) => [slot, { resourceType }]),
  ),
  tags: {},
});

function leverReply(region: FisRegion, id: string): object {
  if (id !== 'default') throw notFound(`Safety lever ${id} not found; known: default.`);
  return { safetyLever: { id, arn: region.arnOf('safety-lever', id), state: region.leverState() } };
}

/** One page of an append-only list; the token is the index at which the next one begins. */
function paged<T>(
  name: string,
  { maxResults, nextToken }: Page,
  all: readonly T[],
  toSummary: (one: T) => object,
): object {
  const from = nextToken === undefined ? 0 : placeIn(name, nextToken);
  const to = from + (maxResults ?? DEFAULT_PAGE);
  const more = to < all.length ? { nextToken: Buffer.from(`${name}:${to}`).toString('base64url') } : {};
  return { [name]: all.slice(from, to).map(toSummary), ...more };
}

function placeIn(name: string, token: string): number {
  const [of, at] = Buffer.from(token, 'base64url').toString().split(':');
  if (of !== name || !/^\d+$/.test(at ?? '')) throw invalid(`nextToken ${token} does not belong to this list.`);
  return Number(at);
}
