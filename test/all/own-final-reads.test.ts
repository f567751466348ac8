import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startToxiproxy } from '../fault-rig.ts';
import { filesHolding, ownSystem } from '../own-system.ts';
import { written } from '../tls-server.ts';

// A target that requires a token loses a region; at the end the harness reads its data with that token.

const TOKEN = 'hunter2-is-not-for-files';
const REGIONS = ['us-east-1', 'eu-west-1'] as const;
const OUTAGE = {
  title: 'Nobody answers in Europe',
  hypothesis: 'No write is lost.',
  profile: 'gate-test',
  with: { region: 'eu-west-1', face: 'refused' },
  baselineSeconds: 8,
  settleSeconds: 8,
  recoverySeconds: 8,
  faults: [{ kind: 'region-outage', forSeconds: 10 }],
  blastRadius: { requestShare: 0.6, seconds: 10 },
  limits: { lostWrites: 0 },
};

test('final reads send the same headers as clients, and a region that refuses them is named with its response', async () => {
  await using own = await ownSystem();
  await using toxiproxy = await startToxiproxy();
  const known = new Map<string, Set<number>>();
  const asked: string[] = [];
  /** Both regions share one ledger; the server `refusing` rejects reads of it. */
  const shop =
    (refusing: boolean): RequestListener =>
    (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const run = String(request.headers['x-antipode-run']);
        const rows = known.get(run) ?? new Set();
        known.set(run, rows);
        const isRead = request.method === 'GET' && request.url!.startsWith('/ledger?');
        if (isRead) asked.push(request.headers.authorization ?? 'nobody');
        // Probes send no token: health endpoints are usually open.
        if (request.url === '/health') response.statusCode = 200;
        else if (request.headers.authorization !== `Bearer ${TOKEN}` || (isRead && refusing)) response.statusCode = 401;
        else if (request.method === 'POST') rows.add((JSON.parse(body) as { row: number }).row);
        response.end(isRead ? JSON.stringify({ rows: [...rows] }) : '{}');
      });
    };
  const ports = await Promise.all(
    REGIONS.map(async (region) => toxiproxy.proxy(region, await own.serve(shop(region === 'eu-west-1')))),
  );
  const name = (region: string): string => `${region}.example.test`;
  const { result, text, runDir } = await own.run({
    command: 'chaos',
    target: {
      maxRatePerSecond: 100,
      allowHosts: REGIONS.map(name),
      resolve: Object.fromEntries(REGIONS.map((region) => [name(region), '127.0.0.1'])),
      regions: REGIONS.map((id, i) => ({ id, url: `http://${name(id)}:${ports[i]}` })),
      headers: { Authorization: 'Bearer ${TOKEN}' },
      operations: [
        { name: 'get', path: '/items/{key}' },
        { name: 'note', method: 'POST', path: '/ledger', body: '{"row":{row}}' },
      ],
      ledger: { operation: 'note', read: '/ledger?run={run}' },
      toxiproxies: [
        {
          control: toxiproxy.control,
          links: REGIONS.map((region) => ({ proxy: region, kind: 'ingress', region })),
        },
      ],
    },
    profile: { origins: { 'new-york': 0.5, london: 0.5 } },
    flags: [await written(own.folder, 'outage.yaml', stringify(OUTAGE))],
    environment: { TOKEN },
  });
  expect(result?.figures.ledger, text).toMatchObject({
    lost: 0,
    unread: ['eu-west-1'],
    readFailures: { 'eu-west-1': 'status 401' },
  });
  expect(result!.figures.ledger!.acknowledged).toBeGreaterThan(10);
  expect(new Set(asked)).toEqual(new Set([`Bearer ${TOKEN}`]));
  const divergent = result!.cells.filter(({ claim }) => claim === 'divergent-writes');
  expect(divergent.length).toBeGreaterThan(0);
  for (const { why } of divergent) expect(why).toContain('eu-west-1 (status 401) could not be read.');
  expect(await readFile(join(runDir!, 'journal.jsonl'), 'utf8')).toContain('"failure":"status 401"');
  expect(await filesHolding(runDir!, TOKEN)).toEqual([]);
});
