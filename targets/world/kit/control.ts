/**
 * The control of a world, over HTTP: what no proxy can break is broken here, and here the world says what it did.
 *
 *   GET  /processes                          every process that can be broken, its state and the fault that holds it
 *   POST /processes/{name}/{action}          stop, freeze, empty or pause it: {"fault": "<name of the fault>"}
 *   POST /processes/{name}/restore           undo that; with {"fault"} only if that fault did it
 *   POST /evacuate/{region}                  take it out of the routing's answers by hand, whatever its health checks
 *                                            say
 *   POST /evacuate/{region}/end              leave it to its health checks again
 *   GET  /truth                              what happened and when
 *   GET  /lag                                the dashboard of replication lag
 *   GET  /metrics                            all of it for Prometheus
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from './address.ts';
import type { Evacuate } from './evacuation.ts';
import { METRICS_TYPE, type MetricsParts, worldMetrics } from './metrics.ts';
import { ACTIONS, Conflict, isAction, type WorldProcess } from './processes.ts';

interface ControlParts extends MetricsParts {
  processes: WorldProcess[];
  evacuate: Evacuate;
}

class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const MOST_BODY_BYTES = 10_000;

/** Listens there (port 0 = a free one) and returns the port. */
export async function startControl(parts: ControlParts, listen: Address): Promise<number> {
  const server = createServer((request, reply) => {
    void answer(parts, request)
      .catch((error: Error) => ({
        status: error instanceof HttpError ? error.status : error instanceof Conflict ? 409 : 500,
        body: { error: error.message },
      }))
      .then(({ status, body }) => {
        if (typeof body === 'string') reply.writeHead(status, { 'Content-Type': METRICS_TYPE }).end(body);
        else reply.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
      });
  });
  server.listen(listen.port, listen.host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function answer(
  parts: ControlParts,
  request: IncomingMessage,
): Promise<{ status: number; body: object | string }> {
  const { regions, processes, truth, lag, evacuate } = parts;
  const path = request.url!.split('?')[0]!;
  const [, what, name, action, ...more] = path.split('/').map(decoded);
  if (request.method === 'GET') {
    if (path === '/processes') return { status: 200, body: { processes: processes.map((one) => one.describe()) } };
    if (path === '/truth') return { status: 200, body: { events: truth.events } };
    if (path === '/lag') return { status: 200, body: { replicas: lag.report() } };
    if (path === '/metrics') return { status: 200, body: await worldMetrics(parts) };
  }
  if (what === 'evacuate' && name !== undefined && more.length === 0 && (action === undefined || action === 'end')) {
    if (request.method !== 'POST') throw new HttpError(405, `POST ${path}, not ${request.method}`);
    if (!regions.includes(name)) throw new HttpError(404, `there is no region ${name}; there is ${regions.join(', ')}`);
    const isOut = action === undefined;
    return { status: 200, body: { region: name, evacuated: isOut, answering: await evacuate(name, isOut) } };
  }
  if (what !== 'processes' || name === undefined || action === undefined || more.length > 0) {
    throw new HttpError(
      404,
      `there is no ${request.method} ${path} here; see GET /processes, /truth, /lag and /metrics, POST /evacuate/{region}`,
    );
  }
  const process = processes.find((one) => one.name === name);
  if (!process) {
    throw new HttpError(404, `there is no process ${name}; there is ${processes.map((one) => one.name).join(', ')}`);
  }
  if (action !== 'restore' && !isAction(action)) {
    throw new HttpError(404, `a process cannot be made to ${action}; there is ${ACTIONS.join(', ')} and restore`);
  }
  if (request.method !== 'POST') throw new HttpError(405, `POST ${path}, not ${request.method}`);
  const fault = await faultOf(request);
  if (action === 'restore') await process.restore(fault);
  else if (fault === null) throw new HttpError(400, 'expected {"fault": "<name of the fault>"}');
  else await process.break(action, fault);
  return { status: 200, body: process.describe() };
}

/** The name in the body; null without a body. */
async function faultOf(request: IncomingMessage): Promise<string | null> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) {
    text += piece as string;
    if (text.length > MOST_BODY_BYTES) throw new HttpError(413, `at most ${MOST_BODY_BYTES} bytes`);
  }
  if (text.trim() === '') return null;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new HttpError(400, `the body is no JSON: ${(error as Error).message}`);
  }
  const { fault, ...unknown } = (body ?? {}) as Record<string, unknown>;
  if (Object.keys(unknown).length > 0) throw new HttpError(400, `unknown: ${Object.keys(unknown).join(', ')}`);
  if (fault === undefined) return null;
  if (typeof fault !== 'string' || fault === '' || fault.length > 500) {
    throw new HttpError(400, `fault must be a name, got ${JSON.stringify(fault)}`);
  }
  return fault;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
