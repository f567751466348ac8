/**
 * What the world says of itself to Prometheus: text exposition format 0.0.4, base units, one answer per scrape
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */
import type { LagMonitor } from './postgres/lag-monitor.ts';
import type { ProcessDescription, WorldProcess } from './processes.ts';
import { type TruthLog, TRUTHS } from './truth.ts';

export interface MetricsParts {
  /** Ids of all regions. */
  regions: readonly string[];
  processes: Pick<WorldProcess, 'describe'>[];
  truth: TruthLog;
  lag: Pick<LagMonitor, 'report'>;
  /** What the API of each region believes, where there is a primary to believe in. */
  views: Readonly<Record<string, { epoch: number }>>;
  toxiproxyUrl: string;
}

interface Family {
  name: `antipode_world_${string}`;
  type: 'gauge' | 'counter';
  help: string;
  samples: { labels: Record<string, string>; value: number }[];
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** By name, so that none can be forgotten here when one is added there. */
const STATES = Object.keys({ running: 0, stopped: 0, frozen: 0, paused: 0 } satisfies Record<
  ProcessDescription['state'],
  0
>);

/** A scrape must not wait for a Toxiproxy that is not well: its links are left out then. */
const PATIENCE_MS = 1_000;

/** All metrics as text. Rejects never: what cannot be seen is absent. */
export async function worldMetrics(parts: MetricsParts): Promise<string> {
  const links = await linkFaults(parts).catch(() => []);
  return [...families(parts), faults(parts, links)].map(written).join('');
}

function families({ regions, processes, truth, lag, views }: MetricsParts): Family[] {
  const replicas = lag.report();
  const perRegion = (value: (region: string) => number): Family['samples'] =>
    regions.map((id) => ({ labels: { region: id }, value: value(id) }));
  return [
    {
      name: 'antipode_world_replica_lag_seconds',
      type: 'gauge',
      help: 'Age of the newest heartbeat in the replica: its lag, plus 0 to 0.1 s.',
      samples: replicas.map(({ region, lagMs }) => ({ labels: { region }, value: lagMs / 1000 })),
    },
    {
      name: 'antipode_world_replica_lag_alert',
      type: 'gauge',
      help: 'Whether the alert on replica lag is on.',
      samples: replicas.map(({ region, alert }) => ({ labels: { region }, value: Number(alert) })),
    },
    {
      name: 'antipode_world_routing_healthy',
      type: 'gauge',
      help: 'Whether the health checks of the edge hold the region for healthy.',
      samples: perRegion((id) => Number(truth.newest(id, 'health-down', 'health-up')?.what !== 'health-down')),
    },
    {
      name: 'antipode_world_routing_evacuated',
      type: 'gauge',
      help: 'Whether the region was taken out of the answers by hand.',
      samples: perRegion((id) => Number(truth.newest(id, 'evacuated', 'evacuation-ended')?.what === 'evacuated')),
    },
    {
      name: 'antipode_world_routing_answering',
      type: 'gauge',
      help: 'Whether answers of the routing may name the region.',
      samples: perRegion((id) => Number(truth.newest(id, 'routing-switched')?.detail !== 'removed')),
    },
    {
      name: 'antipode_world_epoch',
      type: 'gauge',
      help: 'Epoch of the primary that the API of the region writes to; goes up by one with a promotion.',
      samples: Object.entries(views).map(([region, { epoch }]) => ({ labels: { region }, value: epoch })),
    },
    {
      name: 'antipode_world_process_state',
      type: 'gauge',
      help: 'State of a process that can be broken on purpose: 1 for the one it is in.',
      samples: processes.flatMap((one) => {
        const { name, kind, region, state } = one.describe();
        return STATES.map((each) => ({
          labels: { process: name, kind, region, state: each },
          value: Number(each === state),
        }));
      }),
    },
    {
      name: 'antipode_world_events_total',
      type: 'counter',
      help: 'Events in the record of what the world did, since it is up.',
      samples: events(regions, truth),
    },
  ];
}

/** Of every region and kind, 0 too: Prometheus cannot see an increase of what was not there before. */
function events(regions: readonly string[], truth: TruthLog): Family['samples'] {
  const counts = new Map<string, Family['samples'][number]>();
  const put = (event: string, region: string, value: number): void =>
    void counts.set(`${event} ${region}`, { labels: { event, region }, value });
  for (const id of regions) for (const event of TRUTHS) put(event, id, 0);
  for (const { newest, count } of truth.tally()) put(newest.what, newest.region ?? '', count);
  return [...counts.values()];
}

const faults = ({ processes }: MetricsParts, links: Family['samples']): Family => ({
  name: 'antipode_world_faults',
  type: 'gauge',
  help: 'Faults in effect at a place: a process held by one; toxics on a link, and one more while it is disabled.',
  samples: [
    ...processes.map((one) => {
      const { name, kind, region, fault } = one.describe();
      return { labels: { place: name, kind, region }, value: Number(fault !== null) };
    }),
    ...links,
  ],
});

/** The world puts no toxics on its links, nor does it disable them: whatever is there is a fault. */
async function linkFaults({ regions, toxiproxyUrl }: MetricsParts): Promise<Family['samples']> {
  const response = await fetch(`${toxiproxyUrl}/proxies`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const proxies = (await response.json()) as Record<string, { enabled: boolean; toxics: object[] }>;
  return Object.entries(proxies).map(([place, { enabled, toxics }]) => {
    const kind = place.slice(0, place.indexOf('-'));
    const region = regions.find((id) => place.startsWith(`${kind}-${id}`)) ?? '';
    return { labels: { place, kind, region }, value: toxics.length + Number(!enabled) };
  });
}

function written({ name, type, help, samples }: Family): string {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}{${pairs.join(',')}} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
