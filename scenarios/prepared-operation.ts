import http from 'k6/http';
import type { Params } from 'k6/http';
import { SOURCES } from '../src/formats/recording.ts';
import type { PlanOperation } from '../src/formats/plan.ts';
import type { PlayerConfig, PlayerOrigin } from '../src/formats/player.ts';
import type { Cohort } from '../src/formats/timetable.ts';
import { bodyEncoding, headerNamed, templateParts } from '../src/formats/template.ts';
import { answerChecker } from './answer-check.ts';
import { secretOf, withoutSecrets } from './secrets.ts';
import { compileTemplate } from './template.ts';
import type { TemplateValues } from './template.ts';

/** An operation with everything that can be worked out before the loop. */
export interface PreparedOperation {
  /** Of the plan. */
  index: number;
  name: string;
  method: string;
  path: (values: TemplateValues) => string;
  body: ((values: TemplateValues) => string) | null;
  headers: Record<string, string>;
  /** Those of them that are filled at each request. */
  filledHeaders: [name: string, fill: (values: TemplateValues) => string][];
  /** k6 copies it at each request, so one object serves all of them. */
  params: Params;
  timeoutMs: number;
  expected: Record<number, true>;
  follows: boolean;
  /** Says what is wrong with a body; null where nothing is asked of it. */
  check: ((body: string) => string | null) | null;
  viaEdge: boolean;
  isJourney: boolean;
  steps: number[];
}

/** `vantage` of a client whose requests are tagged, for outputs of k6's own metrics; null for one whose are not. */
export function prepareOperation(
  operation: PlanOperation,
  index: number,
  cohort: Cohort,
  commonHeaders: Record<string, string>,
  vantage: PlayerOrigin['vantage'] | null,
): PreparedOperation {
  const given = mostSpecial(
    operation.body === null ? {} : { 'Content-Type': 'application/json' },
    commonHeaders,
    operation.headers,
    cohort === 'fresh' ? { Connection: 'close' } : {},
  );
  const compiled = Object.entries(given).map(([name, value]): PreparedOperation['filledHeaders'][number] => {
    return [name, compileTemplate(value, secretOf, 'text')];
  });
  const filledHeaders = compiled.filter(([name]) => hasPlaceholder(given[name]!));
  // What stands in them now is replaced at each request.
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
    check: operation.answer === null ? null : answerChecker(operation.answer, withoutSecrets),
    viaEdge: operation.via === 'edge',
    isJourney: operation.kind === 'journey',
    steps: operation.steps,
  };
}

/** The region is filled in at each request. A redirect is followed (client.ts), and counts by what it leads to. */
const tagsOf = (
  { name, class: of, expect }: PlanOperation,
  vantage: string,
): Pick<Params, 'tags' | 'responseCallback'> => ({
  tags: { operation: name, class: of, vantage, region: '' },
  responseCallback: http.expectedStatuses(...expect, { min: 301, max: 308 }),
});

/** Headers of all layers; of two of the same name, however spelt, the one of the later layer. */
function mostSpecial(...layers: Record<string, string>[]): Record<string, string> {
  const byName = new Map<string, [name: string, value: string]>();
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer)) byName.set(name.toLowerCase(), [name, value]);
  }
  return Object.fromEntries(byName.values());
}

const NO_VALUES: TemplateValues = { key: 0, tenant: '', row: 0, run: '' };

const hasPlaceholder = (template: string): boolean =>
  templateParts(template).some(({ kind }) => kind === 'placeholder');

/** Index of a region by the name that answers give, and of a data source likewise. */
export const indicesByName = (
  config: Pick<PlayerConfig, 'regions'>,
): { regions: Record<string, number>; sources: Record<string, number> } => ({
  regions: byName(config.regions),
  sources: byName(SOURCES),
});

/** Without a prototype: an answer may say `constructor`. */
const byName = (names: readonly string[]): Record<string, number> =>
  Object.assign(Object.create(null) as Record<string, number>, Object.fromEntries(names.map((name, i) => [name, i])));
