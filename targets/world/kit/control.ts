/**
 * The control API of a world, over HTTP: injects the faults that a proxy cannot, and reports what the world did.
 *
 *   GET  /processes                          every process that can be broken, its state and its fault
 *   POST /processes/{name}/{action}          stop, freeze, empty or pause it: {"fault": "<name of the fault>"}
 *   POST /processes/{name}/restore           undo that; with {"fault"} only if that fault did it
 *   POST /evacuate/{region}                  remove it from routing manually, whatever its health checks find
 *   POST /evacuate/{region}/end              let its health checks decide again
 *   GET  /truth                              events of the world, with their times
 *   GET  /lag                                the replication lag dashboard
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

const MAX_BODY_BYTES = 10_000;

/** Listens at this address (port 0 = a free port) and returns the port. */
export async function startControl(parts: ControlParts, listen: Address): Promise<number> {
  const server = createServer((request, reply) => {
    void handle(parts, request)
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

async function handle(
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
    if (request.method !== 'POST') throw new HttpError(405, `${request.method} ${path}: use POST`);
    if (!regions.includes(name)) throw new HttpError(404, `unknown region ${name}; expected ${regions.join(', ')}`);
    const isOut = action === undefined;
    return { status: 200, body: { region: name, evacuated: isOut, answering: await evacuate(name, isOut) } };
  }
  if (what !== 'processes' || name === undefined || action === undefined || more.length > 0) {
    throw new HttpError(
      404,
      `unknown endpoint ${request.method} ${path}; see GET /processes, /truth, /lag and /metrics, POST /evacuate/{region}`,
    );
  }
  const process = processes.find((one) => one.name === name);
  if (!process) {
    throw new HttpError(404, `unknown process ${name}; expected ${processes.map((one) => one.name).join(', ')}`);
  }
  if (action !== 'restore' && !isAction(action)) {
    throw new HttpError(404, `unknown action ${action}; expected ${ACTIONS.join(', ')} or restore`);
  }
  if (request.method !== 'POST') throw new HttpError(405, `${request.method} ${path}: use POST`);
  const fault = await faultOf(request);
  if (action === 'restore') await process.restore(fault);
  else if (fault === null) throw new HttpError(400, 'no fault given; expected {"fault": "<name of the fault>"}');
  else await process.break(action, fault);
  return { status: 200, body: process.describe() };
}

/** The name in the body; null without a body. */
async function faultOf(request: IncomingMessage): Promise<string | null> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) {
    text += piece as string;
    if (text.length > MAX_BODY_BYTES) throw new HttpError(413, `the body exceeds ${MAX_BODY_BYTES} bytes`);
  }
  if (text.trim() === '') return null;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new HttpError(400, `the body is not JSON: ${(error as Error).message}`);
  }
  const { fault, ...unknown } = (body ?? {}) as Record<string, unknown>;
  if (Object.keys(unknown).length > 0)
    throw new HttpError(400, `unknown keys: ${Object.keys(unknown).join(', ')}; expected fault`);
  if (fault === undefined) return null;
  if (typeof fault !== 'string' || fault === '' || fault.length > 500) {
    throw new HttpError(400, `fault: got ${JSON.stringify(fault)}, expected a name of 1 to 500 characters`);
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
