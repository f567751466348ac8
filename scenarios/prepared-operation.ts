import http from 'k6/http';
import type { Params } from 'k6/http';
import { SOURCES } from '../src/formats/recording.ts';
import type { PlanOperation } from '../src/formats/plan.ts';
import type { PlayerConfig, PlayerOrigin } from '../src/formats/player.ts';
import type { Cohort } from '../src/formats/timetable.ts';
import { bodyEncoding, headerNamed, templateParts } from '../src/formats/template.ts';
import { responseChecker } from './response-check.ts';
import { secretOf, withoutSecrets } from './secrets.ts';
import { compileTemplate } from './template.ts';
import type { TemplateValues } from './template.ts';

/** An operation with everything that can be computed before the loop. */
export interface PreparedOperation {
  /** Index in the plan. */
  index: number;
  name: string;
  method: string;
  path: (values: TemplateValues) => string;
  body: ((values: TemplateValues) => string) | null;
  headers: Record<string, string>;
  /** Headers that are filled with each request. */
  filledHeaders: [name: string, fill: (values: TemplateValues) => string][];
  /** k6 copies it with each request, so one object is enough. */
  params: Params;
  timeoutMs: number;
  expected: Record<number, true>;
  follows: boolean;
  /** Returns what is wrong with a body; null if bodies are not checked. */
  check: ((body: string) => string | null) | null;
  viaEdge: boolean;
  isJourney: boolean;
  steps: number[];
}

/** `vantage` is the tag for outputs of k6's own metrics; null without such outputs. */
export function prepareOperation(
  operation: PlanOperation,
  index: number,
  cohort: Cohort,
  commonHeaders: Record<string, string>,
  vantage: PlayerOrigin['vantage'] | null,
): PreparedOperation {
  const given = mergedHeaders(
    operation.body === null ? {} : { 'Content-Type': 'application/json' },
    commonHeaders,
    operation.headers,
    cohort === 'fresh' ? { Connection: 'close' } : {},
  );
  const compiled = Object.entries(given).map(([name, value]): PreparedOperation['filledHeaders'][number] => {
    return [name, compileTemplate(value, secretOf, 'text')];
  });
  const filledHeaders = compiled.filter(([name]) => hasPlaceholder(given[name]!));
  // Placeholders are replaced with each request.
  const headers = Object.fromEntries(compiled.map(([name, fill]) => [name, fill(NO_VALUES)]));
  return {
    index,
    name: operation.name,
    method: operation.method,
    path: compileTemplate(operation.path, secretOf, 'url'),
    body:
      operation.body === null
        ? null
        : compileTemplate(operation.body, secretOf, bodyEncoding(headerNamed(headers, 'content-type'))),
    headers,
    filledHeaders,
    params: {
      headers,
      timeout: operation.timeoutMs,
      redirects: 0,
      responseType: operation.answer === null ? 'none' : 'text',
      ...(vantage === null ? {} : tagsOf(operation, vantage)),
    },
    timeoutMs: operation.timeoutMs,
    expected: Object.fromEntries(operation.expect.map((status) => [status, true])),
    follows: operation.redirects === 'follow',
    check: operation.answer === null ? null : responseChecker(operation.answer, withoutSecrets),
    viaEdge: operation.via === 'edge',
    isJourney: operation.kind === 'journey',
    steps: operation.steps,
  };
}

/** The region is filled in with each request. A redirect is expected, because client.ts follows it. */
const tagsOf = (
  { name, class: of, expect }: PlanOperation,
  vantage: string,
): Pick<Params, 'tags' | 'responseCallback'> => ({
  tags: { operation: name, class: of, vantage, region: '' },
  responseCallback: http.expectedStatuses(...expect, { min: 301, max: 308 }),
});

/** Headers of all layers; a later layer overrides a header of the same name, whatever its case. */
function mergedHeaders(...layers: Record<string, string>[]): Record<string, string> {
  const byName = new Map<string, [name: string, value: string]>();
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer)) byName.set(name.toLowerCase(), [name, value]);
  }
  return Object.fromEntries(byName.values());
}

const NO_VALUES: TemplateValues = { key: 0, tenant: '', row: 0, run: '' };

const hasPlaceholder = (template: string): boolean =>
  templateParts(template).some(({ kind }) => kind === 'placeholder');

/** Indices of regions and of data sources by their names in responses. */
export const indicesByName = (
  config: Pick<PlayerConfig, 'regions'>,
): { regions: Record<string, number>; sources: Record<string, number> } => ({
  regions: byName(config.regions),
  sources: byName(SOURCES),
});

/** Without a prototype: a response may contain `constructor`. */
const byName = (names: readonly string[]): Record<string, number> =>
  Object.assign(Object.create(null) as Record<string, number>, Object.fromEntries(names.map((name, i) => [name, i])));
