import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { RunPlan } from '../../formats/plan.ts';
import { createTargetClient } from '../target-client.ts';
import type { Upstreams } from '../upstreams.ts';
import { finalCarts, finalReads } from './final-reads.ts';

const plan = {
  runId: '20260101-000000-abcd',
  version: 2,
  tenants: [],
  regions: [{ id: 'us-east-1' }, { id: 'eu-west-1' }],
} as unknown as RunPlan;
const QUIET_MS = 100;

const servers: Server[] = [];
afterEach(async () => {
  delete process.env['READS_TEST_TOKEN'];
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Two regions with these responses, and a client with the headers of the target. */
async function regions(headers: Record<string, string>, ...answers: RequestListener[]) {
  const upstreams: Upstreams = { regions: [], edge: null };
  for (const answer of answers) {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://a.example.test:${port}`;
    upstreams.regions.push({
      url,
      host: 'a.example.test',
      addresses: ['127.0.0.1'],
      port,
      isFromDns: false,
      isDirect: true,
    });
  }
  const tls = { caFile: null, certFile: null, keyFile: null };
  const target = { headers, tls, operations: [], ledger: null, carts: null, world: null };
  return { upstreams, client: createTargetClient(target, plan, 1_000) };
}

const guarded: RequestListener = (request, response) => {
  const allowed = request.headers.authorization === 'Bearer hunter2';
  response.writeHead(allowed ? 200 : 401, { 'X-Vector-Clock': '{"us-east-1":1}' });
  response.end(allowed ? `{"rows":[1,2],"for":"${request.url}","items":{"${plan.runId}.4":1}}` : 'who are you?');
};

test('final reads are sent with the headers of the target', async () => {
  process.env['READS_TEST_TOKEN'] = 'hunter2';
  const { upstreams, client } = await regions({ Authorization: 'Bearer ${READS_TEST_TOKEN}' }, guarded, guarded);
  await using _client = client;
  expect(await finalReads(plan, upstreams, client, '/ledger?run={run}', QUIET_MS)).toEqual([
    { region: 'us-east-1', rows: [1, 2] },
    { region: 'eu-west-1', rows: [1, 2] },
  ]);
  const cart = { key: 3, rows: [4], clock: { 'us-east-1': 1 } };
  expect(await finalCarts(plan, upstreams, client, '/carts/{key}', [3], QUIET_MS)).toEqual([
    { region: 'us-east-1', carts: [cart] },
    { region: 'eu-west-1', carts: [cart] },
  ]);
});

test('an invalid response is recorded as the failure', async () => {
  const { upstreams, client } = await regions({}, guarded, (_, response) => response.end('<html>'));
  await using _client = client;
  expect(await finalReads(plan, upstreams, client, '/ledger?run={run}', QUIET_MS)).toEqual([
    { region: 'us-east-1', rows: null, failure: 'status 401' },
    { region: 'eu-west-1', rows: null, failure: 'the response is not {"rows": [numbers]}' },
  ]);
  expect(await finalCarts(plan, upstreams, client, '/carts/{key}', [3], QUIET_MS)).toEqual([
    { region: 'us-east-1', carts: null, failure: 'status 401' },
    { region: 'eu-west-1', carts: null, failure: 'the response has no vector clock in X-Vector-Clock' },
  ]);
});
