/** Finds profiles and targets by name or path, reads them, and checks the profile against the target. */
import { access, readdir } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { didYouMean, meantAdvice } from '../did-you-mean.ts';
import { type ErrorParts, usageError } from '../errors.ts';
import { isAwsRegion, regionIdsLike } from '../geo/atlas.ts';
import { profileOf, profileSchema } from './profile.ts';
import { secretPlaces } from './secret-places.ts';
import { targetSchema } from './target-checks.ts';
import { targetOf } from './target.ts';
import { tlsMistakes } from './tls-files.ts';
import { probeFileMistakes } from './toxiproxies.ts';
import type { Profile, Target } from './types.ts';
import type { YamlFile } from './places.ts';
import { readYaml, throwMistakes } from './yaml-file.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROFILES = resolve(ROOT, 'geo-profiles');
const TARGETS = resolve(ROOT, 'targets');
const JOURNEYS = resolve(ROOT, 'scenarios/journeys');

const filesIn = async (folder: string, extension: string): Promise<string[]> =>
  (await readdir(folder)).filter((file) => extname(file) === extension).map((file) => basename(file, extension));

/** Names of the profiles in geo-profiles/, sorted. */
export const profileNames = async (): Promise<string[]> => (await filesIn(PROFILES, '.yaml')).toSorted();

/** Names of the targets in targets/, sorted: the folders that hold a target.yaml. */
async function targetNames(): Promise<string[]> {
  const folders = await readdir(TARGETS);
  const found = await Promise.all(
    folders.map((folder) =>
      access(resolve(TARGETS, folder, 'target.yaml')).then(
        () => [folder],
        () => [],
      ),
    ),
  );
  return found.flat().toSorted();
}

const isPath = (nameOrPath: string): boolean => /[/\\]|\.ya?ml$/.test(nameOrPath);

function unknownName(what: 'profile' | 'target', name: string, known: string[]): Error {
  return usageError({
    where: `--${what}`,
    what: `unknown ${what}`,
    got: `"${name}"`,
    expected: `one of ${known.join(', ')}, or the path of a YAML file`,
    next: meantAdvice(name, known),
  });
}

/** A profile by name (`apac-heavy`) or path, and its file. */
export async function readProfile(nameOrPath: string): Promise<{ profile: Profile; file: YamlFile }> {
  let path = resolve(nameOrPath);
  if (!isPath(nameOrPath)) {
    const known = await profileNames();
    if (!known.includes(nameOrPath)) throw unknownName('profile', nameOrPath, known);
    path = resolve(PROFILES, `${nameOrPath}.yaml`);
  }
  const { value, file } = await readYaml(path, profileSchema);
  return { profile: profileOf(basename(path, extname(path)), value), file };
}

/**
 * A target by name (folder in targets/) or path of its file, and that file. Secrets must be set in `environment`; their
 * values never enter the target.
 */
export async function readTarget(
  nameOrPath: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ target: Target; file: YamlFile }> {
  let path = resolve(nameOrPath);
  if (!isPath(nameOrPath)) {
    const known = await targetNames();
    if (!known.includes(nameOrPath)) throw unknownName('target', nameOrPath, known);
    path = resolve(TARGETS, nameOrPath, 'target.yaml');
  }
  const { value, file } = await readYaml(path, targetSchema);
  const name = basename(path, extname(path)) === 'target' ? basename(dirname(path)) : basename(path, extname(path));
  const folder = dirname(path);
  const absolute = (given: string | undefined): string | null => (given === undefined ? null : resolve(folder, given));
  const tls = {
    caFile: absolute(value.tls.caFile),
    certFile: absolute(value.tls.certFile),
    keyFile: absolute(value.tls.keyFile),
  };
  const target = targetOf(name, value, tls, folder);
  throwMistakes([
    ...(await tlsMistakes(tls, file)),
    ...(await probeFileMistakes(target.toxiproxies, file)),
    ...(await journeyMistakes(target, file)),
    ...secretMistakes(target, file, environment),
  ]);
  return { target, file };
}

/** See readProfile. */
export const loadProfile = async (nameOrPath: string): Promise<Profile> => (await readProfile(nameOrPath)).profile;

/** See readTarget. */
export const loadTarget = async (nameOrPath: string): Promise<Target> => (await readTarget(nameOrPath)).target;

async function journeyMistakes(target: Target, file: YamlFile): Promise<ErrorParts[]> {
  const known = await filesIn(JOURNEYS, '.ts');
  return target.operations.flatMap(({ journey }, i) =>
    journey === null || known.includes(journey)
      ? []
      : [
          {
            where: file.at(['operations', i, 'journey']),
            what: 'unknown journey',
            got: `\`${journey}\``,
            expected: `a file in scenarios/journeys (${known.join(', ') || 'none yet'})`,
            next: meantAdvice(journey, known, `Create scenarios/journeys/${journey}.ts.`),
          },
        ],
  );
}

function secretMistakes(target: Target, file: YamlFile, environment: NodeJS.ProcessEnv): ErrorParts[] {
  return secretPlaces(target).flatMap(({ path, names, encoding }) =>
    names.flatMap((name) => {
      const secret = environment[name];
      const where = file.at(path);
      if (!secret) {
        const got = secret === undefined ? 'no value' : 'an empty value';
        const next = `Run \`export ${name}=…\` first.`;
        return [{ where, what: `environment variable ${name} is not set`, got, expected: 'a secret', next }];
      }
      // The characters that RFC 9110, 5.5 allows, without the obsolete ones: k6 would fail every request.
      if (encoding !== 'header' || /^[\t\x20-\x7e]*$/.test(secret)) return [];
      const what = `environment variable ${name} is not a valid header value`;
      const got = /[\r\n]/.test(secret) ? 'a line break' : 'a character that is not printable ASCII';
      return [{ where, what, got, expected: 'one line of printable ASCII', next: `Correct ${name}.` }];
    }),
  );
}

/** Tolerance for the rounding of shares. */
const ROUNDING = 1e-9;

/** The files of a profile and a target; `rateFrom` is the flag that set the rate, such as `--rate`. */
export interface ConfigFiles {
  profile: YamlFile;
  target: YamlFile;
  rateFrom?: string;
}

/** Mean requests per row of the mix: a journey sends one for each of its steps. */
export const requestsPerRow = (mix: Profile['mix'], target: Pick<Target, 'operations'>): number =>
  target.operations.reduce((sum, { name, steps }) => sum + (mix[name] ?? 0) * Math.max(1, steps.length), 0);

/** Throws a usage error for everything in a profile that the target does not have or does not allow. */
export function checkProfileAgainstTarget(profile: Profile, target: Target, files: ConfigFiles): void {
  const operations = target.operations.map((o) => o.name);
  const mistakes: ErrorParts[] = Object.keys(profile.mix)
    .filter((name) => !operations.includes(name))
    .map((name) => ({
      where: files.profile.at(['mix', name], 'key'),
      what: `unknown operation of target ${target.name}`,
      got: `\`${name}\``,
      expected: `one of ${operations.join(', ')}`,
      next: meantAdvice(name, operations, `Use one of them, or add it to ${files.target.shown}.`),
    }));
  const { ratePerSecond } = profile.arrivals;
  const each = Math.max(1, requestsPerRow(profile.mix, target));
  if (ratePerSecond * each > target.maxRatePerSecond * (1 + ROUNDING)) {
    const journeys =
      each > 1 + ROUNDING ? ` (${Math.round(ratePerSecond * each * 10) / 10} with the steps of its journeys)` : '';
    const maxRate = journeys ? Math.floor((target.maxRatePerSecond / each) * 10) / 10 : target.maxRatePerSecond;
    mistakes.push({
      where: files.rateFrom ?? files.profile.at(['arrivals', 'ratePerSecond']),
      what: 'the rate exceeds the limit of the target',
      got: `${ratePerSecond} per second${journeys}`,
      expected: `at most ${target.maxRatePerSecond} (${files.target.at(['maxRatePerSecond'])})`,
      next: `Pass \`--rate ${maxRate}\`, or raise the limit if the target may get more.`,
    });
  }
  const jurisdictions = Object.keys(target.jurisdictions);
  for (const name of Object.keys(profile.tenants.homes ?? {})) {
    if (jurisdictions.includes(name)) continue;
    mistakes.push({
      where: files.profile.at(['tenants', 'homes', name], 'key'),
      what: `unknown jurisdiction of target ${target.name}`,
      got: `\`${name}\``,
      expected: `one of ${jurisdictions.join(', ')}`,
      next: meantAdvice(name, jurisdictions, `Use one of them, or add it to ${files.target.shown}.`),
    });
  }
  const regions = target.regions.map((r) => r.id);
  for (const { city, measuredRttMs } of profile.origins) {
    for (const id of Object.keys(measuredRttMs)) {
      if (regions.includes(id) || isAwsRegion(id)) continue;
      const like = didYouMean(id, regions) ?? regionIdsLike(id)[0]!;
      mistakes.push({
        where: files.profile.at(['origins', city, 'measuredRttMs', id], 'key'),
        what: 'unknown region in `measuredRttMs`',
        got: `\`${id}\``,
        expected: `a region of target ${target.name} (${regions.join(', ')}) or of AWS`,
        next: `Did you mean \`${like}\`?`,
      });
    }
  }
  throwMistakes(mistakes);
}
