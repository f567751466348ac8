/**
 * The lifecycle against moto, an independent emulator. What moto does not support of FIS (pagination of targets,
 * resolving tags) is left out.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fisPool, type FisPool } from '../client/client.ts';
import { TAGS } from '../format.ts';
import { compileForFis } from '../templates/compile.ts';
import { previewAll, undoOf } from './preview.ts';
import { startFis, stopEverywhere } from './run.ts';
import { leftoversInFis, stopFis } from './stop.ts';
import { resolveTools } from '../../../../src/tools/index.ts';
import { sampleBlock } from '../../../../test/sample/fis-target.ts';
import { fisSchema } from '../../../../src/config/fis-target.ts';

const SOON = { everyMs: 50, withinMs: 10_000, listedWithinMs: 300 };
let moto: ChildProcess | null = null;
let endpoint = '';
let pool: FisPool;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('the driver against moto', () => {
  beforeAll(async () => {
    const { moto: server } = await resolveTools(['moto']);
    const port = await freePort();
    endpoint = `http://127.0.0.1:${port}`;
    moto = spawn(server, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    const isUp = (): Promise<boolean> =>
      fetch(`${endpoint}/moto-api/data.json`).then(
        ({ ok }) => ok,
        () => false,
      );
    await vi.waitUntil(isUp, { timeout: 25_000, interval: 100 });
    pool = fisPool({ endpoint });
  }, 360_000);
  afterAll(async () => {
    pool?.close();
    if (!moto) return;
    moto.kill();
    await once(moto, 'exit');
  });

  const partsOf = (runId: string) =>
    compileForFis({
      runId,
      scenario: 'region-outage',
      target: fisSchema.parse(sampleBlock()),
      faults: [
        {
          number: 1,
          kind: 'region-outage',
          params: { region: 'eu-west-1', face: 'blackhole' },
          fromMs: 0,
          toMs: 120_000,
        },
      ],
      fromEpochMs: Date.now(),
      revision: null,
      attempt: 1,
    })[0]!.parts;

  it('makes templates in three regions, starts all, sees them run, stops all, and leaves nothing', async () => {
    const parts = partsOf('20261124-0100-moto-1');
    const made = await Promise.all(
      parts.map(async (part) => ({
        part,
        templateId: await pool.in(part.awsRegion).createTemplate(part.template, part.tokens.template),
        previewId: '',
        targets: [],
        doubts: [],
      })),
    );
    const undo = made.map((one) => undoOf(one, endpoint));
    const options = { pool, everyMs: 50, startWithinMs: 10_000, stop: SOON };
    const running = await startFis(undo, new AbortController().signal, options);
    expect(running.map(({ experiment }) => experiment.status)).toEqual(['running', 'running', 'running']);
    const found = await leftoversInFis(pool, ['us-east-1', 'eu-west-1', 'ap-southeast-1'], 'team-shop', endpoint);
    expect(new Set(found.map(({ experimentId }) => experimentId))).toEqual(
      new Set(running.map(({ experiment }) => experiment.id)),
    );
    const ended = await stopEverywhere(
      running.map(({ undo: one }) => one),
      SOON,
    );
    expect(ended.map(({ status }) => status)).toEqual(['stopped', 'stopped', 'stopped']);
    expect(await leftoversInFis(pool, ['us-east-1', 'eu-west-1'], 'team-shop', endpoint)).toEqual([]);
    expect(await stopFis(running[0]!.undo, SOON)).toMatchObject({ how: 'clean' });
  });

  it('finds an experiment with an unknown id by its tags', async () => {
    const [part] = partsOf('20261124-0100-moto-2');
    const fis = pool.in(part!.awsRegion);
    const templateId = await fis.createTemplate(part!.template, part!.tokens.template);
    const undo = undoOf({ part: part!, templateId, previewId: '', targets: [], doubts: [] }, endpoint);
    const tags = { ...part!.template.tags, [TAGS.part]: 'run' };
    const order = { templateId, clientToken: undo.clientToken, actionsMode: 'run-all', tags } as const;
    const { id } = await fis.start(order);
    expect((await fis.start(order)).id).toBe(id);
    const { how, experiments } = await stopFis(undo, SOON);
    expect(how).toBe('undone');
    expect(experiments.map((one) => one.id)).toEqual([id]);
  });

  it('previews what is named by ARN, and refuses what moto does not resolve', async () => {
    const [lost, survivor] = partsOf('20261124-0100-moto-3').map((part) => {
      const actions = Object.fromEntries(Object.entries(part.template.actions).slice(0, 1));
      const targets = Object.fromEntries(Object.entries(part.template.targets).slice(0, 1));
      return { ...part, template: { ...part.template, actions, targets } };
    });
    const [previewed] = await previewAll([lost!], { pool, endpoint, everyMs: 50 });
    expect(previewed!.targets).toMatchObject([{ targetName: 'subnets', resourceType: 'aws:ec2:subnet' }]);
    await expect(previewAll([survivor!], { pool, endpoint, everyMs: 50 })).rejects.toThrow(
      /found no resource for the target cross-region-subnets/,
    );
  });
});
