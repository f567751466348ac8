import { describe, expect, it } from 'vitest';
import { httpServer } from '../test/fault-rig.ts';
import type { FaultKind, FaultSite } from '../src/formats/faults.ts';
import type { WorldFile } from '../src/formats/world-file.ts';
import { reachedAt, resolvePoints } from './points.ts';

describe('A proxy', () => {
  it.each([
    ['127.0.0.1:9001', 'http://127.0.0.1:8474', '127.0.0.1', 9001],
    ['[::]:9001', 'http://own-toxiproxy:8474', 'own-toxiproxy', 9001],
    ['0.0.0.0:9001', 'http://127.0.0.1:8474', '127.0.0.1', 9001],
    [':9001', 'http://[::1]:8474', '::1', 9001],
    ['[::1]:9001', 'http://10.0.0.1:8474', '::1', 9001],
  ])('that listens on %s is reached through the address of its control (%s) where it names none', (...given) => {
    const [listen, control, host, port] = given;
    expect(reachedAt(listen, control)).toEqual({ host, port });
  });
});

describe('A site of a world', () => {
  const link = { kind: 'replication', region: 'far', to: 'near' } as const;
  const world = {
    toxiproxy: { url: '' },
    control: { url: 'http://127.0.0.1:9' },
    links: [
      { ...link, proxy: 'stream', near: 'database', far: 'database', probe: { protocol: 'postgres' } },
      {
        proxy: 'front',
        kind: 'ingress',
        region: 'far',
        to: null,
        near: 'clients',
        far: 'api',
        probe: { protocol: 'http', path: '/alive' },
      },
    ],
    processes: [
      { name: 'db', kind: 'database', region: 'far', probe: { protocol: 'lag', url: 'http://127.0.0.1:7/lag' } },
    ],
  } as unknown as WorldFile;
  const sites: Record<string, FaultSite> = {
    front: { driver: 'toxiproxy', name: 'front', kind: 'ingress', region: 'far', to: null },
    stream: { driver: 'toxiproxy', name: 'stream', ...link },
    db: { driver: 'world', name: 'db', kind: 'database', region: 'far', to: null },
    other: { driver: 'toxiproxy', name: 'other', ...link },
  };
  const probeOf = async (kind: FaultKind, name: string) => {
    const rest = { upstream: '127.0.0.1:1', enabled: true, toxics: [] };
    const proxies = Object.keys(sites).map((proxy, i) => [
      proxy,
      { name: proxy, listen: `127.0.0.1:${9001 + i}`, ...rest },
    ]);
    await using toxiproxy = await httpServer((_, response) => {
      response.end(JSON.stringify(Object.fromEntries(proxies)));
    });
    const controls = { world, toxiproxies: [`http://127.0.0.1:${toxiproxy.port}`], fis: null };
    return (await resolvePoints(kind, [sites[name]!], controls))[0]!.probe;
  };

  it('is probed as the world declares', async () => {
    expect(await probeOf('region-outage', 'front')).toEqual({ protocol: 'http', url: 'http://127.0.0.1:9001/alive' });
    expect(await probeOf('partition', 'stream')).toEqual({ protocol: 'postgres', host: '127.0.0.1', port: 9002 });
    expect(await probeOf('replication-delay', 'db')).toEqual({ protocol: 'lag', url: 'http://127.0.0.1:7/lag' });
  });

  it('is probed at the replica itself for a fault of lag', async () => {
    expect(await probeOf('replication-delay', 'stream')).toEqual({ protocol: 'lag', url: 'http://127.0.0.1:7/lag' });
  });

  it('that the world does not have is an error', async () => {
    await expect(probeOf('partition', 'other')).rejects.toThrow('no probe is known for the far end of other');
  });
});
