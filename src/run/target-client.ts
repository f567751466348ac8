/**
 * Requests outside the load, sent as the target's clients send theirs: with the target's headers and their environment
 * variables, its CA and client certificate, and its host name at the address that `resolve:` sets.
 */
import { access, readFile } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates } from 'node:tls';
import { Agent, request } from 'undici';
import type { DataBlocks } from '../config/target-data.ts';
import type { Target } from '../config/types.ts';
import type { RunPlan } from '../formats/plan.ts';
import { redactor } from '../formats/redact.ts';
import { isRedirect, nextHop } from '../formats/redirect.ts';
import { encoded, type Encoding, templateParts } from '../formats/template.ts';
import type { Upstream } from './upstreams.ts';
import { secretValues, userAgent } from './player-config.ts';

export interface TargetResponse {
  status: number;
  /** By name in lower case. */
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** The response, or why there is none; `failure` contains no secrets. */
export type RequestResult = TargetResponse | { failure: string };

export interface TargetClient extends AsyncDisposable {
  /**
   * `path` may contain `${NAME}` and placeholders, which `values` fill; `method` is GET by default, and `headers` are
   * in addition to those of the target. Sends no body.
   */
  request(
    upstream: Upstream,
    path: string,
    values: Record<string, string | number>,
    options?: { method?: string; headers?: Record<string, string> },
  ): Promise<RequestResult>;
}

/** After this many redirects the next one is returned as the response. */
const MAX_REDIRECTS = 5;

/** Where Go looks for the system's root certificates (crypto/x509, root_linux.go), so that k6's trust is the same. */
const SYSTEM_ROOTS = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** A client for the run `run`; a request takes at most `timeoutMs`. Closes its connections when disposed. */
export function createTargetClient(
  target: Pick<Target, 'headers' | 'tls' | 'operations' | 'world'> & Partial<DataBlocks>,
  run: Pick<RunPlan, 'runId' | 'tenants'>,
  timeoutMs: number,
): TargetClient {
  const clean = redactor(secretValues(target), (text) => Buffer.from(text).toString('base64'));
  const headers = {
    'User-Agent': userAgent(run.runId),
    // A world counts requests with this header, and these are not in the timetable.
    ...(target.world === null ? { 'X-Antipode-Run': run.runId } : {}),
    ...filled(target.headers, { tenant: run.tenants[0]?.id ?? '', key: 1 }),
  };
  // Reported by each request and not thrown: the recording of a run is worth more than a file that has disappeared.
  const context = contextOf(target.tls).catch(() => new Error('cannot read the files of `tls:`'));
  const agents = new Map<Upstream, Agent>();
  const agentOf = async (upstream: Upstream): Promise<Agent> => {
    const secureContext = await context;
    if (secureContext instanceof Error) throw secureContext;
    const known = agents.get(upstream);
    if (known) return known;
    // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED of the shell would override the default.
    const tls = { secureContext, rejectUnauthorized: true };
    const agent = new Agent({ connect: { ...tls, lookup: lookupOf(upstream), timeout: timeoutMs } });
    agents.set(upstream, agent);
    return agent;
  };
  return {
    async request(upstream, path, values, { method = 'GET', headers: more = {} } = {}) {
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        return await follow(
          new URL(upstream.url + filledIn(path, values, 'url')),
          method,
          { ...headers, ...more },
          await agentOf(upstream),
          signal,
        );
      } catch (error) {
        return { failure: clean(signal.aborted ? `no response within ${timeoutMs / 1000} s` : errorText(error)) };
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

/** Follows redirects within the same origin, as for an operation; one to another origin is an error. */
async function follow(
  first: URL,
  firstMethod: string,
  headers: Record<string, string>,
  dispatcher: Agent,
  signal: AbortSignal,
): Promise<TargetResponse> {
  let url = first;
  let method = firstMethod;
  for (let hops = 0; ; hops += 1) {
    const response = await request(url, { method, headers, dispatcher, signal });
    const text = await response.body.text();
    const { statusCode: status, headers: responseHeaders } = response;
    const { location } = responseHeaders;
    if (!isRedirect(status) || typeof location !== 'string' || location === '' || hops === MAX_REDIRECTS) {
      return { status, headers: responseHeaders, text };
    }
    const hop = nextHop(status, method, first.origin, url.pathname + url.search, location);
    if ('refused' in hop) throw new Error(`status ${status}, a redirect to ${originOf(location, url)}`);
    // Not resolved against the origin: a path that begins with two slashes would be taken for another host.
    url = new URL(first.origin + hop.path);
    method = hop.method;
  }
}

/** For display: without path and query, which may hold secrets. */
const originOf = (location: string, base: URL): string =>
  URL.canParse(location, base.href) ? new URL(location, base).origin : 'an invalid URL';

async function contextOf(tls: Target['tls']): Promise<ReturnType<typeof createSecureContext>> {
  const read = (path: string | null): Promise<string | undefined> =>
    path === null ? Promise.resolve(undefined) : readFile(path, 'utf8');
  const [own, cert, key, system] = await Promise.all([
    read(tls.caFile),
    read(tls.certFile),
    read(tls.keyFile),
    systemRoots(),
  ]);
  return createSecureContext({ ca: [...system, ...(own ? [own] : [])], cert, key });
}

async function systemRoots(): Promise<readonly string[]> {
  for (const path of SYSTEM_ROOTS) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) return [await readFile(path, 'utf8')];
  }
  return rootCertificates;
}

/** Uses the addresses that the run has resolved, without another look-up. */
const lookupOf =
  ({ addresses }: Upstream): LookupFunction =>
  (_, { all }, done) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (all) done(null, found);
    else done(null, found[0]!.address, found[0]!.family);
  };

type Values = Record<string, string | number>;

const filled = (headers: Record<string, string>, values: Values): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filledIn(value, values, 'text')]));

/** A path or a header with its variables and placeholders filled in; unknown placeholders stay as they are. */
const filledIn = (template: string, values: Values, encoding: Encoding): string =>
  templateParts(template)
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'variable') return encoded(process.env[part.name] ?? '', encoding);
      return Object.hasOwn(values, part.name) ? encoded(String(values[part.name]), encoding) : `{${part.name}}`;
    })
    .join('');

/** The text of a connection error, such as `connect ECONNREFUSED …`, `TLS error: certificate has expired`. */
function errorText(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const text = message || code || String(error);
  const isTls = /^(?:ERR_(?:SSL|TLS)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)|^EPROTO$/.test(code);
  return isTls ? `TLS error: ${text.split('\n', 1)[0]!}` : text;
}
