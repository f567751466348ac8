import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { operation } from '../../../test/play.ts';
import type { RunPlan } from '../../formats/plan.ts';
import { createTargetClient } from '../target-client.ts';
import { requestAll } from './identical-answers.ts';
import type { ObservedRun } from './observer.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

const target = {
  headers: {},
  tls: { caFile: null, certFile: null, keyFile: null },
  operations: [],
  ledger: null,
  carts: null,
  world: null,
  maxRatePerSecond: 10_000,
  observe: { version: 'X-Api-Version' },
};

/** What is observed of regions with these responses, and how many requests each got. */
async function seenOf(...responses: RequestListener[]) {
  const requests = responses.map(() => 0);
  const regions = await Promise.all(
    responses.map(async (answer, region) => {
      const server = createServer((request, response) => {
        requests[region]! += 1;
        answer(request, response);
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}`;
      return { url, host: '127.0.0.1', addresses: ['127.0.0.1'], port, isFromDns: false, isDirect: true };
    }),
  );
  const plan = {
    runId: '20260101-000000-abcd',
    tenants: [],
    regions: [{ id: 'us-east-1' }, { id: 'eu-west-1' }],
    operations: [operation({ name: 'get', path: '/items/{key}' }), operation({ name: 'control-echo' })],
  } as unknown as RunPlan;
  await using client = createTargetClient(target, plan, 200);
  const profile = { keys: { count: 5000 } };
  const run = { plan, profile, target, upstreams: { regions, edge: null } } as unknown as ObservedRun;
  return { seen: await requestAll(run, client), requests };
}

const item: RequestListener = (_, response) =>
  response.setHeader('Content-Type', 'application/json').setHeader('X-Api-Version', '2').end('{"id":1}');

test('every request goes to every region, and its response is recorded by status, version and shape', async () => {
  const { seen, requests } = await seenOf(item, item);
  expect(requests).toEqual([10, 10]);
  const answer = { status: 200, failure: null, version: '2', shape: '{id:number}' };
  expect(seen[0]).toEqual({
    request: 'get 1',
    responses: [
      { region: 'us-east-1', ...answer },
      { region: 'eu-west-1', ...answer },
    ],
  });
});

test('a region that hangs gets no further requests: each would take a timeout', async () => {
  const { seen, requests } = await seenOf(item, () => {});
  expect(requests).toEqual([10, 3]);
  expect(seen.map(({ responses }) => responses[1]!.failure)).toEqual([
    ...Array.from({ length: 3 }, () => 'no response within 0.2 s'),
    ...Array.from({ length: 7 }, () => 'not sent: the 3 requests before had no response'),
  ]);
});
