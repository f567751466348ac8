/** What a target's parts must be to each other. Each finding says got, expected and what to do (issue.ts). */
import type { z } from 'zod';
import { meantAdvice } from '../did-you-mean.ts';
import { cityIdsLike, findCity, isAwsRegion, regionIdsLike } from '../geo/atlas.ts';
import { hostKey, inYaml, isAmong } from './hosts.ts';
import type { Report } from './issue.ts';
import { checkHeaders, checkTemplate, checkTls } from './request-checks.ts';
import { reportSecret, secretInPath } from './secrets.ts';
import { checkClaims } from './target-claims.ts';
import { blockPaths, checkDataBlocks, dataBlocksOf } from './target-data.ts';
import { type ParsedTarget, targetFields } from './target.ts';
import { checkToxiproxies } from './toxiproxies.ts';
import { checkShares } from './values.ts';
import { checkAgainstWorld } from './world-checks.ts';

/** The schema of a whole target file: its fields, and what they must be to each other. */
export const targetSchema = targetFields.superRefine(checkTarget);

/** Adds every contradiction of a target to the context. */
function checkTarget(target: ParsedTarget, context: z.RefinementCtx): void {
  const report: Report = (path, message, params) =>
    context.addIssue({ code: 'custom', path, message, params: { ...params } });
  checkPermission(target, report);
  checkRegions(target, report);
  checkJurisdictions(target, report);
  checkAgainstWorld(target, report);
  checkHosts(target, report);
  checkHeaders(target.headers, ['headers'], report);
  checkOperations(target, report);
  checkTls(target, report);
  checkDataBlocks(target, report);
  for (const { at, path } of blockPaths(dataBlocksOf(target))) {
    const secret = secretInPath(path);
    if (secret !== null) reportSecret(at, secret, report);
  }
  reportTwins(
    (target.claims ?? []).map(({ id }) => id),
    'claims',
    'id',
    report,
  );
  if (Object.keys(target.versions).length > 0) checkShares(context, ['versions'], target.versions);
  checkClaims(target, report);
  checkToxiproxies(
    target.toxiproxies,
    target.regions.map(({ id }) => id),
    report,
  );
}

function checkPermission({ world, acknowledged, routing }: ParsedTarget, report: Report): void {
  if (!world && !acknowledged) {
    report(['acknowledged'], '`acknowledged: true` in its file', {
      what: 'load on a target that is not a local world needs your word',
      got: 'acknowledged: false',
      next: 'Add `acknowledged: true` once you may send load to it.',
      at: 'key',
    });
  }
  if (!world && routing.mode === 'world') {
    const next = 'Write `nearest`, or remove the line.';
    report(['routing', 'mode'], '`world:` with it', {
      what: 'there is no world that could route',
      got: 'mode world',
      next,
    });
  }
  if (world && routing.healthCheck !== undefined) {
    report(['routing', 'healthCheck'], 'none', {
      what: 'a world has health checks of its own',
      next: 'Remove `healthCheck:`; --speed chooses them.',
      at: 'key',
    });
  }
}

function checkRegions({ world, regions, primary, fis }: ParsedTarget, report: Report): void {
  reportTwins(
    regions.map((r) => r.id),
    'regions',
    'id',
    report,
  );
  for (const [i, { id, city, url }] of regions.entries()) {
    if (city !== undefined && !findCity(city)) {
      report(['regions', i, 'city'], `a city of the atlas, such as ${cityIdsLike(city).join(', ')}`, {
        what: 'the atlas has no such city',
        next: 'Use one of these, or add the city to src/geo/data/cities.csv.',
      });
    }
    if (city === undefined && !isAwsRegion(id)) {
      report(
        ['regions', i, 'id'],
        `an AWS region, such as ${regionIdsLike(id).join(', ')}, or a region with \`city:\``,
        {
          what: 'nobody knows where this region is',
          got: `\`${id}\``,
          next: 'Correct the id, or add `city:`.',
        },
      );
    }
    if (world && url !== undefined) {
      report(['regions', i, 'url'], 'no url', {
        what: 'a world publishes its own addresses',
        next: 'Remove `url:`, or `world:`.',
        at: 'key',
      });
    }
    if (!world && url === undefined) {
      report(['regions', i], 'an http:// or https:// address', {
        what: `region \`${id}\` has no address`,
        got: 'no url',
        next: 'Add `url:`.',
      });
    }
  }
  const known = regions.map((r) => r.id);
  for (const id of Object.keys(fis?.regions ?? {})) {
    if (known.includes(id)) continue;
    report(['fis', 'regions', id], `one of ${known.join(', ')}`, {
      what: 'the target has no such region',
      got: `\`${id}\``,
      next: meantAdvice(id, known, 'Remove it.'),
      at: 'key',
    });
  }
  if (primary !== undefined && !regions.some((r) => r.id === primary)) {
    const ids = regions.map((r) => r.id);
    const next = meantAdvice(primary, ids);
    report(['primary'], `one of ${ids.join(', ')}`, { what: 'the primary is none of the regions', next });
  }
}

/** Every region in one jurisdiction: a tenant at home there must know who may serve it. */
function checkJurisdictions({ regions, jurisdictions = {} }: ParsedTarget, report: Report): void {
  const known = regions.map(({ id }) => id);
  const owner = new Map<string, string>();
  for (const [name, ids] of Object.entries(jurisdictions)) {
    for (const [i, id] of ids.entries()) {
      const at: PropertyKey[] = ['jurisdictions', name, i];
      const first = owner.get(id);
      if (!known.includes(id)) {
        const next = meantAdvice(id, known);
        report(at, `one of ${known.join(', ')}`, { what: 'the target has no such region', got: `\`${id}\``, next });
      } else if (first !== undefined) {
        const what = `region \`${id}\` is in \`${first}\` already`;
        report(at, 'each region in one jurisdiction', { what, got: `\`${id}\` again`, next: 'Remove one of the two.' });
      }
      owner.set(id, first ?? name);
    }
  }
  const homeless = owner.size === 0 ? [] : known.filter((id) => !owner.has(id));
  if (homeless.length === 0) return;
  report(['jurisdictions'], 'every region in one jurisdiction', {
    what: 'a region is in no jurisdiction',
    got: `${homeless.join(', ')} left out`,
    next: 'Add it to the one whose tenants it serves, or to one of its own.',
    at: 'key',
  });
}

function checkHosts({ world, regions, edgeUrl, allowHosts, resolve }: ParsedTarget, report: Report): void {
  const named = [...regions.map((r) => r.url), edgeUrl].flatMap((url) =>
    url !== undefined && URL.canParse(url) ? [new URL(url).hostname] : [],
  );
  for (const host of Object.keys(resolve)) {
    if (isAmong(host, named)) continue;
    report(['resolve', host], `one of ${named.join(', ') || 'no host: a world publishes its own addresses'}`, {
      what: 'no address of this target has this host',
      got: `\`${host}\``,
      next: meantAdvice(host, named, 'Remove it.'),
      at: 'key',
    });
  }
  if (world) return;
  const places: [PropertyKey[], string | undefined][] = regions.map((r, i) => [['regions', i, 'url'], r.url]);
  for (const [path, url] of [...places, [['edgeUrl'], edgeUrl] as [PropertyKey[], string | undefined]]) {
    if (url === undefined || !URL.canParse(url)) continue;
    const { hostname } = new URL(url);
    if (isAmong(hostname, allowHosts)) continue;
    report(path, `a host of allowHosts (${allowHosts.join(', ') || 'it is empty'})`, {
      what: 'this host is not allowed',
      got: hostname,
      next: `Add \`allowHosts: [${[...allowHosts, hostKey(hostname)].map(inYaml).join(', ')}]\` if load may go there.`,
    });
  }
}

function checkOperations({ operations }: ParsedTarget, report: Report): void {
  const names = operations.map((o) => o.name);
  reportTwins(names, 'operations', 'name', report);
  for (const [i, operation] of operations.entries()) {
    const at = (key: string): PropertyKey[] => ['operations', i, key];
    checkHeaders(operation.headers, at('headers'), report);
    checkTemplate(operation.path ?? '', 'path', at('path'), report);
    checkTemplate(operation.body ?? '', 'body', at('body'), report);
    if (operation.journey === undefined) {
      if (operation.path === undefined) {
        const next = 'Add `path:`, or `journey:` with `steps:`.';
        report(['operations', i], 'a path', { what: `operation \`${operation.name}\` has no path`, got: 'none', next });
      }
      if (operation.steps !== undefined) {
        const next = 'Add `journey:`, or remove `steps:`.';
        report(at('steps'), 'a journey with them', { what: 'only a journey has steps', next, at: 'key' });
      }
      continue;
    }
    for (const key of ['method', 'path', 'body'] as const) {
      if (operation[key] === undefined) continue;
      const what = `a journey takes its ${key} from its steps`;
      report(at(key), 'none', { what, next: `Remove \`${key}:\`, or \`journey:\`.`, at: 'key' });
    }
    if (operation.steps === undefined || operation.steps.length === 0) {
      const what = `journey \`${operation.journey}\` has no steps`;
      report(at('journey'), 'the operations it sends, in order', { what, got: 'none', next: 'Add `steps:`.' });
    }
    const single = operations.filter((o) => o.journey === undefined).map((o) => o.name);
    for (const [step, name] of (operation.steps ?? []).entries()) {
      if (single.includes(name)) continue;
      report(['operations', i, 'steps', step], `one of ${single.join(', ')}`, {
        what: 'a step must be an operation with a path',
        next: meantAdvice(name, single),
      });
    }
  }
}

function reportTwins(names: string[], list: string, key: string, report: Report): void {
  for (const [i, name] of names.entries()) {
    const first = names.indexOf(name);
    if (first === i) continue;
    const got = `\`${name}\` again`;
    report([list, i, key], `another ${key}`, { what: `two ${list} have the same ${key}`, got, next: 'Rename one.' });
  }
}
