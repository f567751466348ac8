/**
 * The endpoint: HTTP on 127.0.0.1, one process for all regions of a world. The signature's scope selects the region.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Clock } from './clock.ts';
import { FisError, invalid } from './errors.ts';
import type { Timing } from './surroundings.ts';
import { Failures } from './failures.ts';
import { WorldDriver } from './world-driver.ts';
import { inventoryOf, type WorldFacts } from './inventory.ts';
import { answerLocal, LocalError } from './local.ts';
import { faultsInReply, inputOf, routeOf } from './model.ts';
import { operate } from './operations.ts';
import { FisRegion } from './region.ts';
import { signedRegion } from './signature.ts';
import { DEFAULT_QUOTAS, type Quotas } from './template-check.ts';

export interface FisSettings {
  world: WorldFacts;
  /** 0: a free port. */
  port?: number;
  /** How many times faster than real time its clock runs. */
  scale?: number;
  timing?: Partial<Timing>;
  quotas?: Partial<Quotas>;
}

export interface FisEndpoint extends AsyncDisposable {
  url: string;
  /** Names of the effects of an earlier endpoint that were undone at the start. */
  swept: string[];
  /** Ends every experiment, rolls everything back and stops listening. */
  close(): Promise<void>;
}

/** Durations of the service's own steps, ms of its clock. */
const DEFAULT_TIMING: Timing = { pendingMs: 500, initiatingMs: 2_000, rollBackMs: 3_000 };

const MAX_BODY_BYTES = 1_000_000;

interface Parts {
  regions: Map<string, FisRegion>;
  failures: Failures;
  driver: WorldDriver;
  facts: { world: string; toxiproxy: string; scale: number; timing: Timing; quotas: Quotas };
}

/** Starts the endpoint. Rejects if the world is not running. */
export async function startFis({ world, port = 0, scale = 1, timing, quotas }: FisSettings): Promise<FisEndpoint> {
  const facts = {
    world: world.world,
    toxiproxy: world.toxiproxy.url,
    scale,
    timing: { ...DEFAULT_TIMING, ...timing },
    quotas: { ...DEFAULT_QUOTAS, ...quotas },
  };
  const clock = new Clock(scale);
  const driver = new WorldDriver(world);
  const failures = new Failures();
  const { targetsPerAction } = facts.quotas;
  const shared = { clock, timing: facts.timing, driver, failures, world, targetsPerAction };
  const regions = new Map(
    world.regions.map(({ id }) => [
      id,
      new FisRegion({ ...shared, region: id, inventory: inventoryOf(world, id) }, facts.quotas),
    ]),
  );
  const swept = await driver.sweep();
  const parts = { regions, failures, driver, facts };
  const server = createServer((request, response) => void answer(parts, request, response));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= end());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    swept,
    close,
    [Symbol.asyncDispose]: close,
  };

  async function end(): Promise<void> {
    server.close();
    server.closeAllConnections();
    clock.close();
    const experiments = [...regions.values()].flatMap((region) => [...region.experiments.values()]);
    for (const { experiment } of experiments) experiment.stop('The local endpoint is shutting down.');
    await Promise.all(experiments.map(({ experiment }) => experiment.ended));
    // Lasting effects, such as stopped instances, end with the account.
    await driver.sweep().catch((error: Error) => console.error(`the world could not be swept: ${error.message}`));
  }
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  response.setHeader('x-amzn-requestid', randomUUID());
  try {
    if (path === '/_local' || path.startsWith('/_local/')) {
      const body = parsed(await textOf(request));
      reply(response, 200, await answerLocal(parts, request.method!, path, body));
    } else await answerFis(parts, request, response, path, new URLSearchParams(query));
  } catch (error) {
    const status = error instanceof FisError || error instanceof LocalError ? error.status : 500;
    if (error instanceof LocalError) return reply(response, status, { error: error.message });
    const code = error instanceof FisError ? error.code : 'InternalServerException';
    if (status === 500 && !(error instanceof FisError)) console.error(error);
    response.setHeader('x-amzn-errortype', code);
    reply(response, status, { message: (error as Error).message });
  }
}

async function answerFis(
  { regions, failures }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  query: URLSearchParams,
): Promise<void> {
  const text = await textOf(request);
  const id = signedRegion(request.headers);
  const region = regions.get(id);
  if (!region)
    throw new FisError(
      'UnrecognizedClientException',
      `The security token included in the request is invalid: the Region ${id} is not enabled; there is ${[...regions.keys()].join(', ')}.`,
    );
  const route = routeOf(request.method!, path);
  if (!route) throw new FisError('UnknownOperationException', `There is no operation ${request.method} ${path}.`);
  const { operation } = route;
  const failure = failures.take('error', { region: id, operation });
  if (failure) throw new FisError(failure.code!, failure.message ?? `${failure.code} on demand.`);
  const given = text === '' ? {} : parsed(text);
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid('The body is not a JSON object.');
  const { input, errors } = inputOf(route, query, given as Record<string, unknown>);
  if (errors.length > 0) throw invalid(`${errors.length} validation error(s) detected: ${errors.join('; ')}`);
  const result = operate(operation, region, input);
  if (failures.take('lost-reply', { region: id, operation })) {
    request.socket.destroy();
    return;
  }
  if (hasOptions(result) && failures.take('no-options-echo', { region: id, operation }))
    delete result.experiment.experimentOptions;
  const wrong = faultsInReply(operation, result);
  if (wrong.length > 0) throw new Error(`the response to ${operation} violates the model: ${wrong.join('; ')}`);
  if (failures.take('malformed-reply', { region: id, operation })) return reply(response, 200, result, 0.5);
  reply(response, 200, result);
}

const hasOptions = (result: object): result is { experiment: { experimentOptions?: unknown } } =>
  'experiment' in result;

/** Sends this share of the JSON body. */
function reply(response: ServerResponse, status: number, body: object, share = 1): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json' }).end(text.slice(0, Math.ceil(text.length * share)));
}

function parsed(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`The body is not valid JSON: ${(error as Error).message}`);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) {
    text += piece as string;
    if (text.length > MAX_BODY_BYTES) throw invalid(`The body is longer than ${MAX_BODY_BYTES} bytes.`);
  }
  return text;
}
