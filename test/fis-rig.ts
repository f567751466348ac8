/**
 * For tests: the local FIS endpoint on a real Toxiproxy, with three regions and a control API without processes.
 */
import type { FisEndpoint, FisSettings } from '../targets/fis/server.ts';
import { startFis } from '../targets/fis/server.ts';
import { httpServer, startToxiproxy, type ToxiproxyRig, worldControl } from './fault-rig.ts';
import { compileForFis, type CompiledFault } from '../chaos/drivers/fis/templates/compile.ts';
import type { FisTarget } from '../src/config/fis-target.ts';
import { readTarget } from '../src/config/load.ts';

export const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;
/** A minute of FIS in a second. */
const SCALE = 60;

export interface FisRig extends AsyncDisposable {
  url: string;
  target: FisTarget;
  toxiproxy: ToxiproxyRig;
  /** Replaces the failures on demand (targets/fis/failures.ts). */
  fail(...failures: object[]): Promise<void>;
  /** Sets the stop alarm of a region to ALARM; `calm` resets all of them. */
  trip(region: string): Promise<void>;
  calm(): Promise<void>;
  /** The endpoint's effects on the world, as `place: name`. */
  held(): Promise<string[]>;
  close(): Promise<void>;
}

/** All links lead to one small server. `settings` of the endpoint: left out, a minute takes a second. */
export async function startFisRig(settings: Pick<FisSettings, 'scale' | 'timing'> = { scale: SCALE }): Promise<FisRig> {
  const started: AsyncDisposable[] = [];
  const close = async (): Promise<void> => {
    for (const one of started.splice(0).toReversed()) await one[Symbol.asyncDispose]();
  };
  try {
    const up = <T extends AsyncDisposable>(one: T): T => {
      started.push(one);
      return one;
    };
    const toxiproxy = up(await startToxiproxy());
    const server = up(await httpServer());
    const control = up(await worldControl([]));
    const links = REGIONS.flatMap((region) => [
      { kind: 'ingress', region, to: null, near: 'clients', far: 'api' },
      { kind: 'redis', region, to: null, near: 'api', far: 'store' },
      ...REGIONS.filter((to) => to !== region).map((to) => ({ kind: 'sync', region, to, near: 'api', far: 'api' })),
    ]).map((link) => ({ ...link, proxy: [link.kind, link.region, link.to].filter(Boolean).join('-') }));
    for (const { proxy } of links) await toxiproxy.proxy(proxy, server.port);
    const endpoint: FisEndpoint = up(
      await startFis({
        world: {
          world: 'rig',
          regions: REGIONS.map((id) => ({ id })),
          links,
          processes: REGIONS.flatMap((region) =>
            ['api', 'database'].map((kind) => ({ name: `${kind}-${region}`, kind, region })),
          ),
          toxiproxy: { url: toxiproxy.control },
          control: { url: control.control },
        },
        ...settings,
      }),
    );
    const { url } = endpoint;
    const put = async (path: string, body: object): Promise<void> => {
      const response = await fetch(`${url}${path}`, { method: 'PUT', body: JSON.stringify(body) });
      if (!response.ok) throw new Error(await response.text());
    };
    return {
      url,
      toxiproxy,
      target: { ...(await readTarget('active-active')).target.fis!, endpoint: url },
      fail: (...failures) => put('/_local/failures', failures),
      trip: (region) => put('/_local/alarms/antipode-stop', { state: 'ALARM', region }),
      calm: () => put('/_local/alarms/antipode-stop', { state: 'OK' }),
      held: async () => ((await (await fetch(`${url}/_local/effects`)).json()) as { effects: string[] }).effects,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

let runs = 0;

/** A region outage as it would be compiled for this rig, in a run of its own. */
export function outageOf(target: FisTarget, region = 'ap-southeast-1', forMs = 60_000): CompiledFault {
  runs += 1;
  const [compiled] = compileForFis({
    runId: `20261124-0100-rig-${runs}`,
    scenario: 'region-outage',
    target,
    faults: [{ number: 1, kind: 'region-outage', params: { region, face: 'blackhole' }, fromMs: 0, toMs: forMs }],
    fromEpochMs: Date.now(),
    revision: null,
    attempt: 1,
  });
  return compiled!;
}
