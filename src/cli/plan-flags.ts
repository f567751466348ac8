import type { Command } from 'commander';
import { readExperiment, resolveExperiment } from '../../chaos/experiment.ts';
import { checkIngress, refuseBypasses } from '../../chaos/ingress-check.ts';
import { checkProfileAgainstTarget, profileNames, readProfile, readTarget } from '../config/load.ts';
import type { Profile, Target } from '../config/types.ts';
import type { YamlFile } from '../config/places.ts';
import { usageError } from '../errors.ts';
import type { FaultDriver } from '../formats/faults.ts';
import type { RunPlan } from '../formats/plan.ts';
import { ROUTING_SPEEDS, type RoutingSpeed } from '../formats/world-file.ts';
import { compilePlan } from '../plan/compile.ts';
import { checkWorld } from '../run/world.ts';
import { grafanaUrl } from './grafana-url.ts';

/** Flags of every command that compiles a plan. */
export interface PlanFlags {
  profile?: string;
  target: string;
  defect?: string;
  duration?: string;
  rate?: string;
  seed?: string;
  quick?: boolean;
  speed?: string;
  region?: string;
  face?: string;
  mode?: string;
}

/** Fault parameters that have a flag. */
const FAULT_FLAGS = ['region', 'face', 'mode'] as const;

export const addFaultOptions = (command: Command): Command =>
  command
    .option('--region <id>', 'region to inject the faults into')
    .option('--face <face>', 'how it fails, such as refused, blackhole or reset (docs/chaos.md)')
    .option('--mode <mode>', 'how replication is delayed: delay, pause or slow');

/** Larger values are typing errors. */
const MAX_SECONDS = 86_400;
const MAX_RATE_PER_SECOND = 1_000_000;
const MAX_SEED = 2 ** 31 - 1;

/** Fixed, so that nightly runs have the same plan and can be compared. */
const DEFAULT_SEED = 1;

export const addPlanOptions = (command: Command): Command =>
  command
    .option('--profile <name>', 'traffic and its cities: a file in geo-profiles/, or a path')
    .option('--target <name>', 'system under test: a folder in targets/, or the path of its file', 'active-active')
    .option('--defect <id>', 'plant a defect in the world, to see the gate fail')
    .option('--duration <seconds>', 'judged seconds (default: as many as the evidence needs)')
    .option('--rate <per second>', 'mean requests per second of the mix')
    .option('--seed <number>', 'seed of the random numbers (default: 1)')
    .option(
      '--speed <speed>',
      "the world's health checks and DNS: fast (1 s x 3, TTL 5 s; the default) or real (30 s x 3, TTL 60 s)",
    )
    .option('--quick', 'run for less than a minute; claims without enough evidence are INCONCLUSIVE');

/**
 * Reads profile and target and compiles the plan for the flags.
 *
 * @throws exit 2 for every error in flags or files; nothing has been sent.
 */
export async function planFromFlags(
  commandName: string,
  flags: PlanFlags,
  runIdFor: (profile: string, now: Date) => string,
  experimentName?: string,
  driver: FaultDriver = 'own',
): Promise<{ plan: RunPlan; profile: Profile; target: Target; targetFile: YamlFile }> {
  const file = experimentName === undefined ? null : await readExperiment(experimentName);
  const profileName = flags.profile ?? file?.value.profile;
  if (!profileName) throw await missingProfile(commandName);
  if (file && (flags.duration ?? flags.quick) !== undefined) throw refuseLength(flags, file.file.shown);
  const durationSeconds = numberFlag('--duration', flags.duration, 1, MAX_SECONDS);
  const ratePerSecond = numberFlag('--rate', flags.rate, 0.1, MAX_RATE_PER_SECOND);
  const seed = numberFlag('--seed', flags.seed, 0, MAX_SEED) ?? DEFAULT_SEED;
  if (!Number.isInteger(seed)) throw invalidNumber('--seed', flags.seed!, 'a whole number');
  const [{ profile: fromFile, file: profileFile }, { target, file: targetFile }] = await Promise.all([
    readProfile(profileName),
    readTarget(flags.target),
  ]);
  const overrides = Object.fromEntries(FAULT_FLAGS.flatMap((name) => (flags[name] ? [[name, flags[name]]] : [])));
  const experiment = file ? resolveExperiment(file, overrides, target, driver) : undefined;
  const rate = (ratePerSecond ?? fromFile.arrivals.ratePerSecond) * (experiment?.rateFactor ?? 1);
  const profile = { ...fromFile, arrivals: { ...fromFile.arrivals, ratePerSecond: rate } };
  if (flags.defect && target.world === null) {
    throw usageError({
      where: '--defect',
      what: `target ${target.name} is not a local world, so no defect can be planted in it`,
      next: 'Remove --defect, or use --target active-active.',
    });
  }
  if (target.world !== null) checkWorld(target.world, flags.defect ?? null);
  const routing = target.world === null ? refuseSpeed(flags.speed, target) : routingSpeed(flags.speed);
  checkProfileAgainstTarget(profile, target, {
    profile: profileFile,
    target: targetFile,
    ...(flags.rate === undefined ? {} : { rateFrom: '--rate' }),
  });
  const now = new Date();
  const plan = compilePlan({
    profile,
    target,
    seed,
    quick: flags.quick ?? false,
    durationSeconds,
    ratePerSecond: rate,
    experiment,
    runId: runIdFor(experiment?.name ?? profile.name, now),
    createdAt: now.toISOString(),
    command: commandLine(commandName, { ...flags, ...(driver === 'own' ? {} : { driver }) }, seed, experimentName),
    defect: flags.defect ?? null,
    routing,
    grafanaUrl: grafanaUrl(process.env),
  });
  return { plan, profile, target, targetFile };
}

/** The speed given by `--speed`. Throws a usage error if it is unknown. */
export function routingSpeed(given = 'fast'): RoutingSpeed {
  const speed = ROUTING_SPEEDS.find((known) => known === given);
  if (speed) return speed;
  throw usageError({
    where: '--speed',
    what: 'unknown routing speed',
    got: `"${given}"`,
    expected: `one of ${ROUTING_SPEEDS.join(', ')}`,
  });
}

function refuseSpeed(given: string | undefined, target: Target): null {
  if (given === undefined) return null;
  throw usageError({
    where: '--speed',
    what: `target ${target.name} is not a local world, so its routing has no speed setting`,
    next: 'Remove --speed.',
  });
}

async function missingProfile(commandName: string): Promise<Error> {
  const names = await profileNames();
  const profiles = await Promise.all(names.map(async (name) => (await readProfile(name)).profile));
  const width = Math.max(...names.map((name) => name.length));
  const list = profiles.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join('\n');
  return usageError({
    where: '--profile',
    what: 'no profile given',
    next: `For example \`npm run ${commandName} -- --profile apac-heavy\`. Profiles:\n${list}`,
  });
}

function numberFlag(flag: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= min && value <= max) return value;
  throw invalidNumber(flag, text, `a number from ${min} to ${max}`);
}

const invalidNumber = (flag: string, got: string, expected: string): Error =>
  usageError({ where: flag, what: 'invalid number', got: `"${got}"`, expected });

const refuseLength = (flags: PlanFlags, shown: string): Error =>
  usageError({
    where: flags.duration === undefined ? '--quick' : '--duration',
    what: 'an experiment has a fixed length',
    expected: `the length in ${shown} (baselineSeconds, settleSeconds, recoverySeconds and the faults)`,
    next: 'Remove the flag, or use a copy of the file with another length.',
  });

const LINE_FLAGS = [
  'profile',
  'target',
  'defect',
  'duration',
  'rate',
  'seed',
  'quick',
  'speed',
  ...FAULT_FLAGS,
  'driver',
];

/** The command that reproduces a run, with its seed. */
function commandLine(commandName: string, flags: PlanFlags, seed: number, experiment?: string): string {
  const words = Object.entries({ ...flags, seed: String(seed) })
    .filter(([name]) => LINE_FLAGS.includes(name))
    .filter(([name, value]) => !(name === 'target' && value === 'active-active'))
    .flatMap(([name, value]) =>
      value === true
        ? [`--${name}`]
        : value === undefined || value === false
          ? []
          : [`--${name} ${/^[\w./:-]+$/.test(value) ? value : `'${value}'`}`],
    );
  return `npm run ${commandName} -- ${experiment ? `${experiment} ` : ''}${words.join(' ')}`;
}

/**
 * Checks that clients reach the target through the ingress proxies that the experiment uses; returns lines to print.
 * Sends requests to the API of Toxiproxy, none to the target.
 *
 * @throws exit 2, at the `url:` of a region whose clients bypass its ingress proxy.
 */
export async function checkIngressProxies(plan: RunPlan, target: Target, targetFile: YamlFile): Promise<string[]> {
  if (plan.experiment === null || target.world !== null || plan.experiment.driver !== 'own') return [];
  const check = await checkIngress(plan.experiment, target);
  refuseBypasses(check, (region) => targetFile.at(['regions', region, 'url']));
  return check.lines;
}
