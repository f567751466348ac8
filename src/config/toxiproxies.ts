/**
 * The schema of a target's `toxiproxies:` block: the proxies that faults may be injected into, and how they are probed.
 */
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { z } from 'zod';
import type { ErrorParts } from '../errors.ts';
import { meantAdvice } from '../did-you-mean.ts';
import { LINK_KINDS, type LinkKind } from '../formats/faults.ts';
import type { CheckParams } from './issue.ts';
import type { LinkProbe, TargetLink, TargetToxiproxy } from './types.ts';
import { text } from './values.ts';
import type { YamlFile } from './places.ts';

const PROXY = 'the name of a proxy in Toxiproxy: any text without a slash';
/** The API of Toxiproxy has the name in the path, so a name with a slash cannot be addressed. */
const proxyName = z.string(PROXY).regex(/^(?!\.{1,2}$)[^/\p{Cc}]+$/u, PROXY);

const REACHED_AT = 'host:port, such as 127.0.0.1:18080 or [::1]:18080';
const reachedAt = z
  .string(REACHED_AT)
  .refine((given) => hostAndPort(given) !== null, REACHED_AT)
  .describe('Address where this machine reaches the proxy, if it differs from the listen address (mapped ports).');

const PATH = 'a path that starts with / and has no spaces, such as /healthz';
const STATUS = 'an HTTP status from 200 to 599';
const probe = z
  .strictObject({
    protocol: z
      .enum(['http', 'redis', 'postgres'])
      .optional()
      .describe('For kind dependency: its protocol; http if left out.'),
    path: z
      .string(PATH)
      .regex(/^\/[^\s#]*$/, PATH)
      .optional()
      .describe('/health if left out.'),
    expect: z
      .array(z.int(STATUS).min(200, STATUS).max(599, STATUS))
      .min(1)
      .optional()
      .describe('Statuses of a healthy server; 200 to 299 if left out.'),
    tls: z.boolean().optional().describe('Left out: for an ingress as in the `url:` of the region, else false.'),
    serverName: text.optional().describe('Server name (SNI) and Host header; left out: the host of the region.'),
    caFile: z.string().optional().describe('PEM file, relative to this file; left out: `tls.caFile` of the target.'),
  })
  .describe('How the upstream is probed through the proxy.');

const link = z.strictObject({
  proxy: proxyName,
  kind: z.enum(LINK_KINDS).describe('What the proxy is in front of.'),
  region: z.string().describe('The region it belongs to.'),
  to: z.string().optional().describe('The other region, for a link between regions.'),
  name: text.optional().describe('For kind dependency: the name that faults use.'),
  reachedAt: reachedAt.optional(),
  probe: probe.optional(),
});

/** The schema of the block; `url` is the schema of control URLs. */
export const toxiproxiesSchema = (url: z.ZodType<string>) =>
  z
    .array(
      z.strictObject({
        control: url.describe('URL of its HTTP API, such as http://127.0.0.1:8474.'),
        links: z.array(link).min(1),
      }),
    )
    .default([])
    .describe('Toxiproxies that faults may be injected into; only the proxies listed here are touched.');

type ParsedToxiproxies = z.output<ReturnType<typeof toxiproxiesSchema>>;

/** Host (without brackets) and port of `host:port`; null for anything else. */
function hostAndPort(given: string): { host: string; port: number } | null {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]@]+)):(\d{1,5})$/.exec(given);
  const port = Number(found?.[3]);
  return found && port >= 1 && port <= 65_535 ? { host: (found[1] ?? found[2])!, port } : null;
}

/** The block of a parsed file; its paths are relative to `folder`. */
export const toxiproxiesOf = (parsed: ParsedToxiproxies, folder: string): TargetToxiproxy[] =>
  parsed.map(({ control, links }) => ({
    control: control.replace(/\/+$/, ''),
    links: links.map(({ proxy, kind, region, to, name, reachedAt: at, probe: given }): TargetLink => ({
      proxy,
      kind,
      region,
      to: to ?? null,
      name: name ?? null,
      reachedAt: at === undefined ? null : hostAndPort(at),
      probe: probeOf(given ?? {}, folder),
    })),
  }));

const probeOf = (given: z.output<typeof probe>, folder: string): LinkProbe => ({
  protocol: given.protocol ?? null,
  path: given.path ?? null,
  expect: given.expect ?? null,
  tls: given.tls ?? null,
  serverName: given.serverName ?? null,
  caFile: given.caFile === undefined ? null : resolve(folder, given.caFile),
});

/** Kinds whose upstream always speaks HTTP. */
const HTTP_KINDS: readonly LinkKind[] = ['ingress', 'sync'];

type Report = (path: PropertyKey[], expected: string, params: CheckParams) => void;

/** Reports links of unknown regions, and keys that the kind of a link does not have. */
export function checkToxiproxies(parsed: ParsedToxiproxies, regions: string[], report: Report): void {
  for (const [i, { links }] of parsed.entries()) {
    for (const [j, one] of links.entries()) {
      const at = (...keys: PropertyKey[]): PropertyKey[] => ['toxiproxies', i, 'links', j, ...keys];
      for (const key of ['region', 'to'] as const) {
        const id = one[key];
        if (id === undefined || regions.includes(id)) continue;
        const next = meantAdvice(id, regions);
        report(at(key), `one of ${regions.join(', ')}`, { what: 'unknown region', got: `\`${id}\``, next });
      }
      if ((one.kind === 'dependency') !== (one.name !== undefined)) {
        const isNameless = one.kind === 'dependency';
        report(isNameless ? at() : at('name'), isNameless ? '`name:`' : '`kind: dependency`', {
          what: isNameless
            ? 'a link of kind dependency needs `name:`'
            : '`name` is only allowed with `kind: dependency`',
          got: isNameless ? 'none' : `\`name: ${one.name}\``,
          next: isNameless ? 'Add `name:`.' : 'Remove it.',
        });
      }
      for (const { key, expected } of misplaced(one.kind, one.probe ?? {}))
        report(at('probe', key), expected, {
          what: 'key not allowed in this probe',
          got: `\`${key}\``,
          next: 'Remove it.',
          at: 'key',
        });
    }
  }
}

function misplaced(kind: LinkKind, given: z.output<typeof probe>): { key: string; expected: string }[] {
  const protocol = kind === 'dependency' ? (given.protocol ?? 'http') : HTTP_KINDS.includes(kind) ? 'http' : kind;
  const isSet = (key: keyof typeof given): boolean => given[key] !== undefined;
  const found: { key: string; expected: string }[] = [];
  if (kind !== 'dependency' && isSet('protocol')) found.push({ key: 'protocol', expected: '`kind: dependency`' });
  if (protocol !== 'http') {
    for (const key of ['path', 'expect'] as const)
      if (isSet(key)) found.push({ key, expected: 'a link to an HTTP server' });
  }
  for (const key of ['tls', 'serverName', 'caFile'] as const) {
    if (!isSet(key)) continue;
    // The probe of PostgreSQL ends with the response to its SSL request, which is clear text.
    if (protocol !== 'http' && protocol !== 'redis') found.push({ key, expected: 'a link to HTTP or Redis' });
    else if (key !== 'tls' && given.tls === false) found.push({ key, expected: '`tls: true`' });
  }
  return found;
}

/** CA files of probes that cannot be read, or contain no certificate. */
export async function probeFileMistakes(toxiproxies: TargetToxiproxy[], file: YamlFile): Promise<ErrorParts[]> {
  const mistakes: ErrorParts[] = [];
  for (const [i, { links }] of toxiproxies.entries()) {
    for (const [
      j,
      {
        probe: { caFile },
      },
    ] of links.entries()) {
      if (caFile === null) continue;
      const pem = await readFile(caFile, 'utf8').catch(() => null);
      if (pem?.includes('-----BEGIN CERTIFICATE-----')) continue;
      mistakes.push({
        where: file.at(['toxiproxies', i, 'links', j, 'probe', 'caFile']),
        what: pem === null ? 'the CA file cannot be read' : 'the CA file contains no certificate',
        got: relative(process.cwd(), caFile),
        expected: 'a PEM file with a certificate, its path relative to the target file',
        next: 'Correct the path.',
      });
    }
  }
  return mistakes;
}
