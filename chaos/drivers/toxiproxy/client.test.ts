import { describe, expect, it } from 'vitest';
import { FAULT_ID, httpServer, startToxiproxy, tcpServer } from '../../../test/fault-rig.ts';
import { listProxies, toxiproxyAt } from './client.ts';
import { toxicOf } from './toxics.ts';

const late = toxicOf(FAULT_ID, { type: 'latency', stream: 'downstream', attributes: { latency: 5, jitter: 0 } });

describe('a client of a real Toxiproxy', () => {
  it('makes, breaks, mends and deletes a proxy', async () => {
    await using toxiproxy = await startToxiproxy();
    const client = toxiproxyAt(toxiproxy.control);
    const made = { name: 'web', listen: '127.0.0.1:0', upstream: '127.0.0.1:9', enabled: true };
    expect(await client.createProxy(made)).toBe(true);
    expect(await client.createProxy(made)).toBe(false);
    await client.addToxic('web', late);
    await client.setEnabled('web', false);
    const proxy = await client.proxy('web');
    expect(proxy).toMatchObject({ name: 'web', upstream: '127.0.0.1:9', enabled: false, toxics: [late] });
    expect(proxy!.listen).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
    expect(await listProxies(toxiproxy.control)).toEqual([proxy]);
    expect(await client.removeToxic('web', late.name)).toBe(true);
    expect(await client.removeToxic('web', late.name)).toBe(false);
    expect(await client.deleteProxy('web')).toBe(true);
    expect(await client.deleteProxy('web')).toBe(false);
    expect(await client.proxy('web')).toBeNull();
    expect(await listProxies(toxiproxy.control)).toEqual([]);
  });

  it('encodes names, and refuses the ones that no path can hold', async () => {
    await using toxiproxy = await startToxiproxy();
    const client = toxiproxyAt(toxiproxy.control);
    const name = 'pg #1?x=100% ü';
    await client.createProxy({ name, listen: '127.0.0.1:0', upstream: '127.0.0.1:9', enabled: true });
    await client.addToxic(name, late);
    expect((await client.proxy(name))?.toxics).toEqual([late]);
    expect(await client.removeToxic(name, late.name)).toBe(true);
    expect(await client.deleteProxy(name)).toBe(true);
    for (const impossible of ['a/b', '..', '.', '']) {
      await expect(client.proxy(impossible)).rejects.toThrow('this proxy name cannot be used');
    }
  });

  it('reports status and message of the server', async () => {
    await using toxiproxy = await startToxiproxy();
    const client = toxiproxyAt(toxiproxy.control);
    await expect(client.addToxic('nobody', late)).rejects.toThrow(/POST .* failed: got status 404: proxy not found/);
    await client.createProxy({ name: 'web', listen: '127.0.0.1:0', upstream: '127.0.0.1:9', enabled: true });
    await client.addToxic('web', late);
    await expect(client.addToxic('web', late)).rejects.toMatchObject({ failure: 'status', status: 409 });
    const { listen } = (await client.proxy('web'))!;
    const second = { name: 'second', listen, upstream: '127.0.0.1:9', enabled: true };
    await expect(client.createProxy(second)).rejects.toThrow(/status 500: listen tcp .*address already in use/);
  });

  it('sends nothing that would end the server', async () => {
    await using toxiproxy = await startToxiproxy();
    const client = toxiproxyAt(toxiproxy.control);
    await client.createProxy({ name: 'web', listen: '127.0.0.1:0', upstream: '127.0.0.1:9', enabled: true });
    const deadly = { ...late, type: 'slicer' as const, attributes: {} };
    await expect(client.addToxic('web', deadly)).rejects.toThrow('not safe to send');
    expect((await client.proxy('web'))?.toxics).toEqual([]);
  });
});

describe('a client of a server that is not a healthy Toxiproxy', () => {
  it('gives up at the deadline', async () => {
    await using mute = await tcpServer(() => {});
    const client = toxiproxyAt(`http://127.0.0.1:${mute.port}`, 200);
    await expect(client.proxy('web')).rejects.toMatchObject({ failure: 'timeout', status: null });
    await expect(client.addToxic('web', late)).rejects.toThrow('no response within 0.2 s');
    await expect(client.deleteProxy('web')).rejects.toMatchObject({ failure: 'timeout' });
  });

  it('times out on a response that never ends', async () => {
    await using endless = await httpServer((_, response) => void response.write('{'));
    const client = toxiproxyAt(`http://127.0.0.1:${endless.port}`, 200);
    await expect(client.proxies()).rejects.toMatchObject({ failure: 'timeout' });
  });

  it('quotes an error response in any format', async () => {
    await using ill = await httpServer((_, response) => void response.writeHead(500).end('<h1>oh no</h1>'));
    const client = toxiproxyAt(`http://127.0.0.1:${ill.port}`);
    await expect(client.proxy('web')).rejects.toMatchObject({ failure: 'status', status: 500 });
    await expect(client.setEnabled('web', true)).rejects.toThrow('status 500: <h1>oh no</h1>');
  });

  it('recognizes another server by its response', async () => {
    await using other = await httpServer((_, response) => void response.end('{"name":"web"}'));
    await using page = await httpServer((_, response) => void response.end('<html>'));
    await expect(toxiproxyAt(`http://127.0.0.1:${other.port}`).proxy('web')).rejects.toThrow('this is not a Toxiproxy');
    await expect(toxiproxyAt(`http://127.0.0.1:${page.port}`).proxies()).rejects.toThrow('this is not a Toxiproxy');
  });

  it('recognizes a Toxiproxy that is not running', async () => {
    const toxiproxy = await startToxiproxy();
    await toxiproxy.kill();
    await expect(toxiproxyAt(toxiproxy.control).proxy('web')).rejects.toMatchObject({ failure: 'not-running' });
  });
});
