/** Sends the same requests to every region after the load, for the claim that all responses are identical. */
import type { RegionResponse, ComparedResponses } from '../../../claims/identical-answers/observation.ts';
import { shapeOf } from '../../../claims/identical-answers/observation.ts';
import { type TargetClient, createTargetClient } from '../target-client.ts';
import type { Upstream } from '../upstreams.ts';
import { afterLoad, keysOf, LIMIT_SHARE, type ObservedRun, type Observer, pause } from './observer.ts';

/** Records that are read per operation. */
const KEYS = 10;
const TIMEOUT_MS = 5_000;
/** After this many requests in a row without a response a region gets no more: each would take a timeout. */
const MAX_SILENT = 3;

export const identicalAnswers: Observer = (run) => {
  if (!run.plan.claims.some(({ kind }) => kind === 'identical-answers')) return null;
  return afterLoad(async () => {
    await using client = createTargetClient(run.target, run.plan, TIMEOUT_MS);
    return [{ kind: 'observation', of: 'identical-answers', seen: await requestAll(run, client) }];
  });
};

/** Request by request, so that all regions get each at the same time and within the target's rate limit. */
export async function requestAll(run: ObservedRun, client: TargetClient): Promise<ComparedResponses> {
  const { upstreams, target, plan } = run;
  const silent = upstreams.regions.map(() => 0);
  const spacingMs = (1000 * upstreams.regions.length) / (LIMIT_SHARE * target.maxRatePerSecond);
  const seen: ComparedResponses = [];
  for (const request of sharedRequests(run)) {
    const nextMs = Date.now() + spacingMs;
    const responses = await Promise.all(
      upstreams.regions.map((upstream, region) =>
        silent[region]! < MAX_SILENT
          ? answerOf(run, client, upstream, region, request)
          : Promise.resolve(
              noAnswer(plan.regions[region]!.id, `not sent: the ${MAX_SILENT} requests before had no response`),
            ),
      ),
    );
    for (const [region, { status }] of responses.entries()) silent[region] = status === null ? silent[region]! + 1 : 0;
    seen.push({ request: request.name, responses });
    await pause(nextMs - Date.now());
  }
  return seen;
}

interface SharedRequest {
  name: string;
  path: string;
  values: Record<string, string | number>;
}

/** Requests that change nothing in a region: GET, without headers or bodies of their own. */
function sharedRequests({ plan, profile }: ObservedRun): SharedRequest[] {
  const reads = plan.operations.slice(0, -1).filter(({ kind, method, via, headers }) => {
    return kind === 'request' && method === 'GET' && via === 'region' && Object.keys(headers).length === 0;
  });
  return reads.flatMap(({ name, path }): SharedRequest[] => {
    const tenant = plan.tenants[0]?.id ?? '';
    const keys = path.includes('{key}') ? keysOf(profile, KEYS) : [0];
    return keys.map((key) => ({ name: keys.length > 1 ? `${name} ${key}` : name, path, values: { key, tenant } }));
  });
}

const noAnswer = (region: string, failure: string): RegionResponse => ({
  region,
  status: null,
  failure,
  version: '',
  shape: '',
});

async function answerOf(
  { plan, target }: ObservedRun,
  client: TargetClient,
  upstream: Upstream,
  region: number,
  { path, values }: SharedRequest,
): Promise<RegionResponse> {
  const { id } = plan.regions[region]!;
  const result = await client.request(upstream, path, values);
  if ('failure' in result) return noAnswer(id, result.failure);
  const header = (name: string): string => String(result.headers[name.toLowerCase()] ?? '');
  return {
    region: id,
    status: result.status,
    failure: null,
    version: target.observe.version === '' ? '' : header(target.observe.version),
    shape: shapeOf(result.text, header('content-type')),
  };
}
