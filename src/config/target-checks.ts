/** Checks across the keys of a target. Every error says got, expected and the next step (issue.ts). */
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

/** The schema of a whole target file: its fields, and the checks across them. */
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
  reportDuplicates(
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
    report(['acknowledged'], '`acknowledged: true`', {
      what: 'a target that is not a local world must be acknowledged',
      got: '`acknowledged: false`',
      next: 'Set `acknowledged: true` once you are allowed to send load to it.',
      at: 'key',
    });
  }
  if (!world && routing.mode === 'world') {
    const next = 'Set `mode: nearest`, or remove the line.';
    report(['routing', 'mode'], '`world:` in the target', {
      what: '`mode: world` is only allowed with `world:`',
      got: 'no `world:`',
      next,
    });
  }
  if (world && routing.healthCheck !== undefined) {
    report(['routing', 'healthCheck'], 'none', {
      what: '`healthCheck` is not allowed with `world:`',
      next: 'Remove it: a world has its own health checks, and --speed selects them.',
      at: 'key',
    });
  }
}

function checkRegions({ world, regions, primary, fis }: ParsedTarget, report: Report): void {
  reportDuplicates(
    regions.map((r) => r.id),
    'regions',
    'id',
    report,
  );
  for (const [i, { id, city, url }] of regions.entries()) {
    if (city !== undefined && !findCity(city)) {
      report(['regions', i, 'city'], `a city of the atlas, such as ${cityIdsLike(city).join(', ')}`, {
        what: 'unknown city',
        next: 'Use one of these, or add the city to src/geo/data/cities.csv.',
      });
    }
    if (city === undefined && !isAwsRegion(id)) {
      report(
        ['regions', i, 'id'],
        `an AWS region, such as ${regionIdsLike(id).join(', ')}, or a region with \`city:\``,
        {
          what: 'unknown region',
          got: `\`${id}\``,
          next: 'Correct the id, or add `city:`.',
        },
      );
    }
    if (world && url !== undefined) {
      report(['regions', i, 'url'], 'none', {
        what: '`url` is not allowed with `world:`',
        next: 'Remove `url:` (a world publishes its own URLs), or remove `world:`.',
        at: 'key',
      });
    }
    if (!world && url === undefined) {
      report(['regions', i], 'an http:// or https:// URL', {
        what: `region \`${id}\` has no URL`,
        got: 'no `url:`',
        next: 'Add `url:`.',
      });
    }
  }
  const known = regions.map((r) => r.id);
  for (const id of Object.keys(fis?.regions ?? {})) {
    if (known.includes(id)) continue;
    report(['fis', 'regions', id], `one of ${known.join(', ')}`, {
      what: 'unknown region',
      got: `\`${id}\``,
      next: meantAdvice(id, known, 'Remove it.'),
      at: 'key',
    });
  }
  if (primary !== undefined && !regions.some((r) => r.id === primary)) {
    const ids = regions.map((r) => r.id);
    const next = meantAdvice(primary, ids);
    report(['primary'], `one of ${ids.join(', ')}`, { what: '`primary` must be one of the regions', next });
  }
}

/** Every region must be in one jurisdiction: that decides which regions may serve a tenant. */
function checkJurisdictions({ regions, jurisdictions = {} }: ParsedTarget, report: Report): void {
  const known = regions.map(({ id }) => id);
  const owner = new Map<string, string>();
  for (const [name, ids] of Object.entries(jurisdictions)) {
    for (const [i, id] of ids.entries()) {
      const at: PropertyKey[] = ['jurisdictions', name, i];
      const first = owner.get(id);
      if (!known.includes(id)) {
        const next = meantAdvice(id, known);
        report(at, `one of ${known.join(', ')}`, { what: 'unknown region', got: `\`${id}\``, next });
      } else if (first !== undefined) {
        const what = `region \`${id}\` is already in jurisdiction \`${first}\``;
        report(at, 'each region in one jurisdiction', { what, got: `\`${id}\` again`, next: 'Remove one of the two.' });
      }
      owner.set(id, first ?? name);
    }
  }
  const unassigned = owner.size === 0 ? [] : known.filter((id) => !owner.has(id));
  if (unassigned.length === 0) return;
  report(['jurisdictions'], 'every region in one jurisdiction', {
    what: 'a region is in no jurisdiction',
    got: `${unassigned.join(', ')} in none`,
    next: 'Add it to the jurisdiction whose tenants it serves, or to a new one.',
    at: 'key',
  });
}

function checkHosts({ world, regions, edgeUrl, allowHosts, resolve }: ParsedTarget, report: Report): void {
  const named = [...regions.map((r) => r.url), edgeUrl].flatMap((url) =>
    url !== undefined && URL.canParse(url) ? [new URL(url).hostname] : [],
  );
  for (const host of Object.keys(resolve)) {
    if (isAmong(host, named)) continue;
    report(['resolve', host], `one of ${named.join(', ') || 'no host: a world publishes its own URLs'}`, {
      what: 'no URL of this target has this host',
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
    report(path, `a host of \`allowHosts\` (${allowHosts.join(', ') || 'empty'})`, {
      what: 'host not in `allowHosts`',
      got: hostname,
      next: `Set \`allowHosts: [${[...allowHosts, hostKey(hostname)].map(inYaml).join(', ')}]\` if load may be sent there.`,
    });
  }
}

function checkOperations({ operations }: ParsedTarget, report: Report): void {
  const names = operations.map((o) => o.name);
  reportDuplicates(names, 'operations', 'name', report);
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
        report(at('steps'), '`journey:` in the same operation', {
          what: '`steps` is only allowed with `journey:`',
          next,
          at: 'key',
        });
      }
      continue;
    }
    for (const key of ['method', 'path', 'body'] as const) {
      if (operation[key] === undefined) continue;
      const what = `\`${key}\` is not allowed with \`journey:\``;
      const next = `Remove \`${key}:\` (the steps have their own), or remove \`journey:\`.`;
      report(at(key), 'none', { what, next, at: 'key' });
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

function reportDuplicates(names: string[], list: string, key: string, report: Report): void {
  for (const [i, name] of names.entries()) {
    const first = names.indexOf(name);
    if (first === i) continue;
    const what = `duplicate ${key} in \`${list}\``;
    report([list, i, key], `a unique ${key}`, { what, got: `\`${name}\` again`, next: 'Rename one.' });
  }
}
