/**
 * The world's own metrics for Prometheus: text exposition format 0.0.4, base units
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
  /** The epoch that each region's API writes in; empty for a world without a primary. */
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

/** An object, so that the compiler reports a state that is missing here. */
const STATES = Object.keys({ running: 0, stopped: 0, frozen: 0, full: 0, paused: 0 } satisfies Record<
  ProcessDescription['state'],
  0
>);

/** A scrape does not wait longer than this for Toxiproxy: its links are left out then. */
const TIMEOUT_MS = 1_000;

/** All metrics as text. Never rejects: a metric that cannot be read is absent. */
export async function worldMetrics(parts: MetricsParts): Promise<string> {
  const links = await linkFaults(parts).catch(() => []);
  return [...families(parts), faults(parts, links)].map(format).join('');
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
      help: 'Whether the replica lag alert is firing.',
      samples: replicas.map(({ region, alert }) => ({ labels: { region }, value: Number(alert) })),
    },
    {
      name: 'antipode_world_routing_healthy',
      type: 'gauge',
      help: 'Whether the region passes the health checks of the edge.',
      samples: perRegion((id) => Number(truth.newest(id, 'health-down', 'health-up')?.what !== 'health-down')),
    },
    {
      name: 'antipode_world_routing_evacuated',
      type: 'gauge',
      help: 'Whether the region was evacuated: removed from routing manually.',
      samples: perRegion((id) => Number(truth.newest(id, 'evacuated', 'evacuation-ended')?.what === 'evacuated')),
    },
    {
      name: 'antipode_world_routing_answering',
      type: 'gauge',
      help: 'Whether routing sends clients to the region.',
      samples: perRegion((id) => Number(truth.newest(id, 'routing-switched')?.detail !== 'removed')),
    },
    {
      name: 'antipode_world_epoch',
      type: 'gauge',
      help: 'Epoch of the primary that the API of the region writes to; each promotion increments it.',
      samples: Object.entries(views).map(([region, { epoch }]) => ({ labels: { region }, value: epoch })),
    },
    {
      name: 'antipode_world_process_state',
      type: 'gauge',
      help: 'State of a process that faults can target: 1 for its current state.',
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
      help: 'Events of the world since it started.',
      samples: events(regions, truth),
    },
  ];
}

/** Includes zeros for every region and kind: Prometheus sees no increase in a series that did not exist before. */
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
  help: 'Active faults by place: 1 for a process with a fault; for a link its toxics, plus 1 while it is disabled.',
  samples: [
    ...processes.map((one) => {
      const { name, kind, region, fault } = one.describe();
      return { labels: { place: name, kind, region }, value: Number(fault !== null) };
    }),
    ...links,
  ],
});

/** The world itself neither adds toxics nor disables proxies, so each of them is a fault. */
async function linkFaults({ regions, toxiproxyUrl }: MetricsParts): Promise<Family['samples']> {
  const response = await fetch(`${toxiproxyUrl}/proxies`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const proxies = (await response.json()) as Record<string, { enabled: boolean; toxics: object[] }>;
  return Object.entries(proxies).map(([place, { enabled, toxics }]) => {
    const kind = place.slice(0, place.indexOf('-'));
    const region = regions.find((id) => place.startsWith(`${kind}-${id}`)) ?? '';
    return { labels: { place, kind, region }, value: toxics.length + Number(!enabled) };
  });
}

function format({ name, type, help, samples }: Family): string {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}{${pairs.join(',')}} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
