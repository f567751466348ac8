/**
 * What tests of the endpoint stand on: a world of three regions in a Toxiproxy that is given, and the real SDK in
 * front.
 */
import {
  CreateExperimentTemplateCommand,
  type CreateExperimentTemplateCommandInput,
  FisClient,
  type FisClientConfig,
  GetExperimentCommand,
  type Experiment,
  StartExperimentCommand,
  type StartExperimentCommandInput,
} from '@aws-sdk/client-fis';
import type { WorldFacts, WorldLink, WorldProcess } from '../targets/fis/inventory.ts';
import { type FisSettings, startFis } from '../targets/fis/server.ts';
import { PRIMARY, TOPOLOGY } from '../targets/world/active-active/topology.ts';
import { serversOf } from '../targets/world/kit/topology.ts';

export const REGIONS = TOPOLOGY.regions.map(({ id }) => id);
export const ALARM = (region: string): string => `arn:aws:cloudwatch:${region}:000000000000:alarm:guard`;

/** The links and processes of `active-active`. */
export const LINKS: WorldLink[] = [...TOPOLOGY.links];
export const PROCESSES: WorldProcess[] = serversOf(TOPOLOGY);

/** `link(proxy)` is the upstream of each proxy; without it the world has no links. */
export interface Ground {
  toxiproxy: { control: string; proxy(name: string, upstreamPort: number): Promise<number> };
  control: string;
  upstreamPort?: number;
}

/** The world that stands on it, with its proxies made. */
export async function makeWorld({ toxiproxy, control, upstreamPort }: Ground): Promise<WorldFacts> {
  const links = upstreamPort === undefined ? [] : LINKS;
  for (const { proxy } of links) await toxiproxy.proxy(proxy, upstreamPort!);
  return {
    world: 'active-active',
    regions: REGIONS.map((id) => ({ id })),
    links,
    processes: PROCESSES,
    toxiproxy: { url: toxiproxy.control },
    control: { url: control },
  };
}

export interface Bench extends AsyncDisposable {
  url: string;
  swept: string[];
  fis(region?: string, config?: FisClientConfig): FisClient;
  local(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Every state that an experiment was in, and of its actions. */
  history(id: string): Promise<{ states: string[]; actions: Record<string, string[]> }>;
}

/** An endpoint for this world; by default a minute takes a second. */
export async function startBench(world: WorldFacts, settings: Partial<FisSettings> = {}): Promise<Bench> {
  const endpoint = await startFis({ world, scale: 60, ...settings });
  const clients: FisClient[] = [];
  const local: Bench['local'] = async (method, path, body) => {
    const response = await fetch(`${endpoint.url}/_local${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return {
    url: endpoint.url,
    swept: endpoint.swept,
    local,
    fis(region = PRIMARY, config = {}) {
      const client = clientOf(endpoint.url, region, config);
      clients.push(client);
      return client;
    },
    async history(id) {
      const { body } = await local('GET', '/experiments');
      const all = Object.assign({}, ...Object.values(body)) as Record<
        string,
        { history: { status: string }[]; actions: Record<string, string[]> }
      >;
      return { states: all[id]!.history.map(({ status }) => status), actions: all[id]!.actions };
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await endpoint.close();
    },
  };
}

/** The real SDK, with what its version 3.523 drops put back (reference/fis.md 5.1). */
export function clientOf(endpoint: string, region: string, config: FisClientConfig = {}): FisClient {
  const client = new FisClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'of-nobody' },
    ...config,
  });
  client.middlewareStack.add(
    (next) => async (given) => {
      const { experimentOptions } = given.input as { experimentOptions?: object };
      const request = given.request as { body?: string; method: string };
      if (experimentOptions && request.method === 'POST') {
        request.body = JSON.stringify({ ...(JSON.parse(request.body!) as object), experimentOptions });
      }
      return next(given);
    },
    { step: 'serialize', priority: 'low' },
  );
  return client;
}

/** A template that waits a minute, with changes. */
export const template = (change: Partial<CreateExperimentTemplateCommandInput> = {}) => ({
  description: 'a test',
  roleArn: 'arn:aws:iam::000000000000:role/fis',
  stopConditions: [{ source: 'none' }],
  actions: { pause: { actionId: 'aws:fis:wait', parameters: { duration: 'PT1M' } } },
  ...change,
});

/** Creates the template and starts it; the id of the experiment. */
export async function run(
  client: FisClient,
  change: Partial<CreateExperimentTemplateCommandInput> = {},
  options: Partial<StartExperimentCommandInput> & { experimentOptions?: { actionsMode: string } } = {},
): Promise<string> {
  const { experimentTemplate } = await client.send(new CreateExperimentTemplateCommand(template(change)));
  const { experiment } = await client.send(
    new StartExperimentCommand({ experimentTemplateId: experimentTemplate!.id, ...options }),
  );
  return experiment!.id!;
}

const ENDS = ['completed', 'stopped', 'failed', 'cancelled'];

/** The experiment, once `is` holds for its status; by default at its end. */
export async function when(
  client: FisClient,
  id: string,
  is: (status: string) => boolean = isEnd,
): Promise<Experiment> {
  const deadlineMs = Date.now() + 15_000;
  for (;;) {
    const { experiment } = await client.send(new GetExperimentCommand({ id }));
    const { status, reason } = experiment!.state!;
    if (is(status!)) return experiment!;
    if (Date.now() > deadlineMs) throw new Error(`${id} is still ${status}: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const isEnd = (status: string): boolean => ENDS.includes(status);
export const isRunning = (status: string): boolean => status === 'running' || isEnd(status);
