/**
 * Asks a region as the target's clients would: with the headers of the target and what they hold of the environment,
 * its CA and client certificate, at the address that `resolve:` fixes, by its own name. For what is asked beside the
 * load.
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

export interface Answer {
  status: number;
  /** By name in small letters. */
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** What came, or in words why nothing came; no secret is in it. */
export type Asked = Answer | { failure: string };

export interface Asker extends AsyncDisposable {
  /** `path` may hold `${NAME}` and the placeholders that `values` fill; without `method` it is GET. No body is sent. */
  ask(upstream: Upstream, path: string, values: Record<string, string | number>, method?: string): Promise<Asked>;
}

/** A redirect after so many is taken for the answer. */
const MOST_REDIRECTS = 5;

/** Where Go looks for the roots of the system (crypto/x509, root_linux.go): k6 trusts whom they vouch for. */
const SYSTEM_ROOTS = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Somebody who asks for the run `run`, each question for at most `timeoutMs`. Ends its connections when disposed. */
export function createAsker(
  target: Pick<Target, 'headers' | 'tls' | 'operations' | 'world'> & Partial<DataBlocks>,
  run: Pick<RunPlan, 'runId' | 'tenants'>,
  timeoutMs: number,
): Asker {
  const clean = redactor(secretValues(target), (text) => Buffer.from(text).toString('base64'));
  const headers = {
    'User-Agent': userAgent(run.runId),
    // A world counts what carries it, and this is no request of the timetable.
    ...(target.world === null ? { 'X-Antipode-Run': run.runId } : {}),
    ...filled(target.headers, { tenant: run.tenants[0]?.id ?? '', key: 1 }),
  };
  // Said by each answer: what a run has recorded is worth more than a file that went away meanwhile.
  const context = contextOf(target.tls).catch(() => new Error('the files of `tls:` cannot be read'));
  const agents = new Map<Upstream, Agent>();
  const agentOf = async (upstream: Upstream): Promise<Agent> => {
    const secureContext = await context;
    if (secureContext instanceof Error) throw secureContext;
    const known = agents.get(upstream);
    if (known) return known;
    // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED of the shell would say otherwise.
    const tls = { secureContext, rejectUnauthorized: true };
    const agent = new Agent({ connect: { ...tls, lookup: lookupOf(upstream), timeout: timeoutMs } });
    agents.set(upstream, agent);
    return agent;
  };
  return {
    async ask(upstream, path, values, method = 'GET') {
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        return await follow(
          new URL(upstream.url + filledIn(path, values, 'url')),
          method,
          headers,
          await agentOf(upstream),
          signal,
        );
      } catch (error) {
        return { failure: clean(signal.aborted ? `no answer within ${timeoutMs / 1000} s` : wordsOf(error)) };
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

/** Redirects count by what they lead to, as those of an operation do, and lead nowhere else. */
async function follow(
  first: URL,
  asked: string,
  headers: Record<string, string>,
  dispatcher: Agent,
  signal: AbortSignal,
): Promise<Answer> {
  let url = first;
  let method = asked;
  for (let hops = 0; ; hops += 1) {
    const response = await request(url, { method, headers, dispatcher, signal });
    const text = await response.body.text();
    const { statusCode: status, headers: answered } = response;
    const { location } = answered;
    if (!isRedirect(status) || typeof location !== 'string' || location === '' || hops === MOST_REDIRECTS) {
      return { status, headers: answered, text };
    }
    const hop = nextHop(status, method, first.origin, url.pathname + url.search, location);
    if ('refused' in hop) throw new Error(`status ${status}, a redirect to ${originOf(location, url)}`);
    // Not against the origin: a path that begins with two slashes would be taken for another host.
    url = new URL(first.origin + hop.path);
    method = hop.method;
  }
}

/** For people: without path and query, which may hold secrets. */
const originOf = (location: string, base: URL): string =>
  URL.canParse(location, base.href) ? new URL(location, base).origin : 'nowhere';

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

/** The addresses that the run found for the name, in place of another look-up. */
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

/** An error of the connection as people say it: `ECONNREFUSED`, `TLS error: certificate has expired`. */
function wordsOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const said = message || code || String(error);
  const isTls = /^(?:ERR_(?:SSL|TLS)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)|^EPROTO$/.test(code);
  return isTls ? `TLS error: ${said.split('\n', 1)[0]!}` : said;
}
