/** For tests: the outage of a region through FIS, on the links of the FIS rig (fis-rig.ts). */
import type { FisRig } from './fis-rig.ts';
import type { Controls } from '../chaos/points.ts';
import type { FaultSite, PlanExperiment } from '../src/formats/faults.ts';
import { ownLinks } from './fault-rig.ts';

const site = (kind: FaultSite['kind'], to: string | null): FaultSite => ({
  driver: 'toxiproxy',
  name: [kind, 'ap-southeast-1', to].filter(Boolean).join('-'),
  kind,
  region: 'ap-southeast-1',
  to,
});

const SITES = [site('ingress', null), site('sync', 'us-east-1')];

/** It is lost from `fromMs` on, for at most `forMs`, and for `lastsMs` once the fault is in effect. */
export const outageThroughFis = ({
  fromMs = 0,
  forMs = 60_000,
  lastsMs = forMs,
}: { fromMs?: number; forMs?: number; lastsMs?: number } = {}): PlanExperiment =>
  ({
    name: 'region-outage',
    driver: 'fis',
    faults: [
      {
        number: 1,
        kind: 'region-outage',
        params: { region: 'ap-southeast-1', face: 'blackhole' },
        sites: SITES,
        regions: ['ap-southeast-1'],
        hangs: true,
        fromMs,
        toMs: fromMs + forMs,
        ...(lastsMs === forMs ? {} : { lastsMs }),
      },
    ],
  }) as unknown as PlanExperiment;

/** The controls of the rig, as a run would have them. */
export const controlsOfRig = ({ url, target, toxiproxy }: FisRig): Controls => ({
  world: null,
  toxiproxies: [toxiproxy.control],
  own: ownLinks(toxiproxy.control, SITES),
  fis: { target, endpoint: url, scale: 1, probeUrls: null, showAccounts: false },
});
