/** The shipped dashboard, and its queries as Grafana would send them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './antipode.ts';

export const OBSERVABILITY = join(ROOT, 'reports/observability');

export interface DashboardQuery {
  /** Title of the panel or annotation. */
  title: string;
  expr: string;
}

export interface Dashboard {
  uid: string;
  templating: { list: { name: string; type: string; query: unknown }[] };
  annotations: { list: { name: string; expr: string }[] };
  panels: {
    title: string;
    type: string;
    gridPos: { x: number; y: number; w: number; h: number };
    fieldConfig?: { defaults: { thresholds: { steps: { value: number | null }[] } } };
    targets?: { expr: string }[];
  }[];
}

export const readDashboard = async (): Promise<Dashboard> =>
  JSON.parse(await readFile(join(OBSERVABILITY, 'grafana/dashboards/antipode.json'), 'utf8')) as Dashboard;

/** All queries of panels and annotations, before variable substitution. */
export const queriesOf = (dashboard: Dashboard): DashboardQuery[] => [
  ...dashboard.annotations.list.map(({ name, expr }) => ({ title: `annotation ${name}`, expr })),
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
];

/**
 * Substitutes variables like Grafana does for a data source with `timeInterval` 5 s and a step of 5 s:
 * `$__rate_interval` is four times that. Throws on an unknown variable.
 */
export function filledIn(expr: string, run: string, rangeSeconds: number): string {
  const values: Record<string, string> = { run, __rate_interval: '20s', __range: `${rangeSeconds}s` };
  return expr.replace(/\$(\w+)/g, (_, name: string) => {
    if (values[name] === undefined) throw new Error(`the dashboard has no variable ${name}`);
    return values[name];
  });
}
