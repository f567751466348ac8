import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Evacuation } from '../src/formats/evacuation.ts';
import type { JournalEvent } from '../src/formats/journal.ts';
import type { WorldFile } from '../src/formats/world-file.ts';
import { evacuator } from './evacuate.ts';

type Step = Extract<JournalEvent, { kind: 'evacuation' }>;

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A server that responds as given, and records its requests. */
async function control(answer: (request: IncomingMessage, reply: ServerResponse) => void) {
  const requests: string[] = [];
  const server = createServer((request, reply) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, reply);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const status = (code: number, body = '{}') => control((_, reply) => reply.writeHead(code).end(body));

/** An evacuation without delay. */
const evacuation = (more: Partial<Evacuation>): Evacuation => ({
  title: 'out',
  afterMs: 0,
  ask: { url: '/out' },
  undo: { url: '/back' },
  timeoutMs: 5_000,
  regions: ['far'],
  ...more,
});

/** Of a run whose T0 is now, with the control of its world at `url`. */
function started(evacuate: Evacuation | null, url: string | null, onWrite: () => void = () => {}) {
  const steps: Step[] = [];
  const logged: string[] = [];
  const aborting = new AbortController();
  const note = (event: JournalEvent): void => void steps.push(event as Step);
  const write = (event: JournalEvent): void => {
    onWrite();
    note(event);
  };
  const t0 = Date.now();
  const { onFaultInEffect, end } = evacuator(
    {
      experiment: { evacuate },
      controls: { world: url === null ? null : ({ control: { url } } as WorldFile), toxiproxies: [], fis: null },
      journal: { write, note },
      log: (line) => logged.push(line),
    },
    aborting.signal,
    () => t0,
  );
  stops.push(() => end(false));
  return { steps, logged, aborting, onFaultInEffect, end, t0 };
}

const is = (steps: Step[], step: Step['step']): boolean => steps.some((one) => one.step === step);
const until = (condition: () => boolean) => expect.poll(condition, { timeout: 10_000, interval: 10 }).toBe(true);

describe('an evacuation by the world', () => {
  it('is requested once, after the first fault took effect, and undone when all faults are cleared', async () => {
    const { requests, url } = await status(200);
    const { steps, logged, onFaultInEffect, end, t0 } = started(evacuation({ afterMs: 150 }), url);
    onFaultInEffect(t0 + 50);
    onFaultInEffect(t0 + 90);
    await until(() => is(steps, 'done'));
    expect(requests).toEqual(['POST /out']);
    await end(false);
    await end(false);
    expect(requests).toEqual(['POST /out', 'POST /back']);
    expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
      ['asked', true],
      ['done', true],
      ['undone', true],
    ]);
    expect(steps[0]).toMatchObject({ tookMs: 0, message: 'out' });
    expect(steps[0]!.sinceT0Ms).toBeGreaterThanOrEqual(190);
    expect(steps[1]!.sinceT0Ms).toBe(steps[0]!.sinceT0Ms + steps[1]!.tookMs);
    expect(logged).toEqual([
      'evacuation requested: out',
      expect.stringMatching(/^evacuation: request completed after \d/),
      'evacuation: reverted',
    ]);
  });

  it('that is refused FAILs and has nothing to undo', async () => {
    const { requests, url } = await status(404, '{"error":"there is no region far"}');
    const { steps, logged, onFaultInEffect, end } = started(evacuation({}), url);
    onFaultInEffect(Date.now());
    await until(() => is(steps, 'done'));
    await end(false);
    expect(steps.at(-1)).toMatchObject({ step: 'done', ok: false, message: 'status 404: there is no region far' });
    expect(logged.at(-1)).toMatch(/^EVACUATION FAILED after .*: status 404/);
    expect(requests).toEqual(['POST /out']);
  });

  it.each([500, 302])('that gets status %d FAILs, and is undone since it may be in effect', async (code) => {
    const { requests, url } = await control((request, reply) =>
      request.url === '/out' ? reply.writeHead(code, { location: '/elsewhere' }).end() : reply.end(),
    );
    const { steps, onFaultInEffect, end } = started(evacuation({}), url);
    onFaultInEffect(Date.now());
    await until(() => is(steps, 'done'));
    await end(false);
    expect(steps.map(({ step, ok }) => [step, ok]).slice(1)).toEqual([
      ['done', false],
      ['undone', true],
    ]);
    expect(requests).toEqual(['POST /out', 'POST /back']);
  });

  it('that times out FAILs', async () => {
    const { url } = await control(() => {});
    const { steps, onFaultInEffect } = started(evacuation({ timeoutMs: 100 }), url);
    onFaultInEffect(Date.now());
    await until(() => is(steps, 'done'));
    expect(steps[1]).toMatchObject({ ok: false, message: 'no response within 0.1 s' });
    expect(steps[1]!.tookMs).toBeGreaterThanOrEqual(90);
  });

  it('is aborted when the faults are over, and undone', async () => {
    const { requests, url } = await control((request, reply) => void (request.url === '/back' && reply.end()));
    const { steps, onFaultInEffect, end } = started(evacuation({}), url);
    onFaultInEffect(Date.now());
    await until(() => requests.length === 1);
    await end(false);
    expect(steps.slice(1)).toMatchObject([
      { step: 'done', ok: false, message: 'aborted before it completed' },
      { step: 'undone', ok: true },
    ]);
  });

  it('that cannot be undone is reported', async () => {
    const { url } = await control((request, reply) => reply.writeHead(request.url === '/out' ? 200 : 409).end('no'));
    const { steps, logged, onFaultInEffect, end } = started(evacuation({}), url);
    onFaultInEffect(Date.now());
    await until(() => is(steps, 'done'));
    await end(false);
    expect(steps.at(-1)).toMatchObject({ step: 'undone', ok: false, message: 'status 409: no' });
    expect(logged.at(-1)).toMatch(/NOT REVERTED/);
  });

  it('stays in effect while a fault could not be confirmed cleared', async () => {
    const { requests, url } = await status(200);
    const { steps, onFaultInEffect, end } = started(evacuation({}), url);
    onFaultInEffect(Date.now());
    await until(() => is(steps, 'done'));
    await end(true);
    expect(requests).toEqual(['POST /out']);
    expect(steps.at(-1)).toMatchObject({ step: 'undone', ok: false });
  });

  it('is not requested when the run is aborted before it is due', async () => {
    const { requests, url } = await status(200);
    const { steps, aborting, onFaultInEffect, end } = started(evacuation({ afterMs: 60_000 }), url);
    onFaultInEffect(Date.now());
    aborting.abort();
    await end(false);
    expect([requests, steps]).toEqual([[], []]);
  });

  it('is not requested when that cannot be journaled', async () => {
    const { requests, url } = await status(200);
    const { logged, onFaultInEffect, end } = started(evacuation({}), url, () => {
      throw new Error('no space left on device');
    });
    onFaultInEffect(Date.now());
    await until(() => logged.length === 1);
    await end(false);
    expect(logged).toEqual([expect.stringMatching(/not requested: .*no space/)]);
    expect(requests).toEqual([]);
  });

  it('does nothing for an experiment without one', async () => {
    const { steps, logged, onFaultInEffect, end } = started(null, null);
    onFaultInEffect(Date.now());
    await end(false);
    expect([steps, logged]).toEqual([[], []]);
  });
});

describe('an evacuation by a command', () => {
  const command = (script: string, ...args: string[]): Evacuation =>
    evacuation({ ask: { command: [process.execPath, '-e', script, ...args] }, undo: null });

  async function outcome(evacuate: Evacuation): Promise<Step> {
    const { steps, onFaultInEffect } = started(evacuate, null);
    onFaultInEffect(Date.now());
    await until(() => is(steps, 'done'));
    return steps[1]!;
  }

  it('gets its arguments unchanged, and is done when it exits with 0', async () => {
    const script = 'process.exit(process.argv[1] === "$(two words)" ? 0 : 1)';
    expect(await outcome(command(script, '$(two words)'))).toMatchObject({ ok: true, message: 'exit code 0' });
  });

  it('FAILs with its exit code and its last line of stderr, account ids hidden', async () => {
    const script = 'console.error("one\\nAccessDenied for arn:aws:iam::123456789012:role/x"); process.exit(3)';
    expect(await outcome(command(script))).toMatchObject({
      ok: false,
      message: 'exit code 3: AccessDenied for arn:aws:iam::************:role/x',
    });
  });

  it('FAILs when there is no such program', async () => {
    const { ok, message } = await outcome(evacuation({ ask: { command: ['antipode-no-such-program'] } }));
    expect([ok, message]).toEqual([false, expect.stringMatching(/could not be started: .*ENOENT/)]);
  });

  it('FAILs when it takes too long', async () => {
    const evacuate = { ...command('setInterval(() => {}, 1000)'), timeoutMs: 300 };
    expect(await outcome(evacuate)).toMatchObject({ ok: false, message: 'timed out after 0.3 s' });
  });

  it('leaves nothing running when it is aborted, even children that ignore SIGTERM', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'antipode-evacuate-'));
    stops.push(() => rm(dir, { recursive: true }));
    const pids = join(dir, 'pids');
    // A child of its own, and neither ends by itself.
    const deaf = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)';
    const script = `const child = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(deaf)}]);
      require('fs').writeFileSync(process.argv[1], process.pid + ' ' + child.pid); ${deaf}`;
    const { steps, aborting, onFaultInEffect, end } = started(command(script, pids), null);
    onFaultInEffect(Date.now());
    const written = async (): Promise<number[]> =>
      (await readFile(pids, 'utf8').catch(() => '')).split(' ').filter(Boolean).map(Number);
    await expect.poll(async () => (await written()).length, { timeout: 10_000, interval: 20 }).toBe(2);
    aborting.abort();
    await end(false);
    expect(steps[1]).toMatchObject({ ok: false, message: 'aborted before it completed' });
    for (const pid of await written()) await expect.poll(() => isRunning(pid), { timeout: 2_000 }).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
