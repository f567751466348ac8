import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { operation } from '../../../test/play.ts';
import type { RunPlan } from '../../formats/plan.ts';
import { createAsker } from '../ask.ts';
import { askAll } from './identical-answers.ts';
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

/** What regions that answer so say, and how many questions each got. */
async function seenOf(...answers: RequestListener[]) {
  const asked = answers.map(() => 0);
  const regions = await Promise.all(
    answers.map(async (answer, region) => {
      const server = createServer((request, response) => {
        asked[region]! += 1;
        answer(request, response);
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}`;
      return { url, host: '127.0.0.1', addresses: ['127.0.0.1'], port, isAsked: false, isDirect: true };
    }),
  );
  const plan = {
    runId: '20260101-000000-abcd',
    tenants: [],
    regions: [{ id: 'us-east-1' }, { id: 'eu-west-1' }],
    operations: [operation({ name: 'get', path: '/items/{key}' }), operation({ name: 'control-echo' })],
  } as unknown as RunPlan;
  await using asker = createAsker(target, plan, 200);
  const run = { plan, target, upstreams: { regions, edge: null } } as unknown as ObservedRun;
  return { seen: await askAll(run, asker), asked };
}

const item: RequestListener = (_, response) =>
  response.setHeader('Content-Type', 'application/json').setHeader('X-Api-Version', '2').end('{"id":1}');

test('every region is asked every question, and what it says is kept by status, version and shape', async () => {
  const { seen, asked } = await seenOf(item, item);
  expect(asked).toEqual([10, 10]);
  const answer = { status: 200, failure: null, version: '2', shape: '{id:number}' };
  expect(seen[0]).toEqual({
    question: 'get 1',
    answers: [
      { region: 'us-east-1', ...answer },
      { region: 'eu-west-1', ...answer },
    ],
  });
});

test('a region that hangs is not asked again and again: each time would cost a time-out', async () => {
  const { seen, asked } = await seenOf(item, () => {});
  expect(asked).toEqual([10, 3]);
  expect(seen.map(({ answers }) => answers[1]!.failure)).toEqual([
    ...Array.from({ length: 3 }, () => 'no answer within 0.2 s'),
    ...Array.from({ length: 7 }, () => 'not asked: 3 questions before had no answer'),
  ]);
});
