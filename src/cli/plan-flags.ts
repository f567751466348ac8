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

/** Parameters of faults that have a flag of their own. */
const FAULT_FLAGS = ['region', 'face', 'mode'] as const;

export const addFaultOptions = (command: Command): Command =>
  command
    .option('--region <id>', 'the region that is broken')
    .option('--face <face>', 'how it breaks: refused, blackhole, reset, ... (npm run chaos -- --help lists them)')
    .option('--mode <mode>', 'how replication is delayed: delay, pause, slow');

/** No run is longer than a day, no rate higher than a million a second: beyond that it is a typing error. */
const MOST_SECONDS = 86_400;
const MOST_PER_SECOND = 1_000_000;
const MOST_SEED = 2 ** 31 - 1;

/** The seed when none is given: the same plan every night, so that two nights can be compared. */
const DEFAULT_SEED = 1;

export const addPlanOptions = (command: Command): Command =>
  command
    .option('--profile <name>', 'who sends, and from where: a file of geo-profiles/')
    .option('--target <name>', 'the system under test: a folder of targets/', 'active-active')
    .option('--defect <id>', 'plant a defect in the world, to see the gate go red')
    .option('--duration <seconds>', 'judged seconds; chosen by the evidence needed if not given')
    .option('--rate <per second>', 'mean rate of the mix')
    .option('--seed <number>', 'seed of everything random')
    .option(
      '--speed <speed>',
      "the world's health checks and names: fast (1 s x 3, TTL 5 s) or real (30 s x 3, TTL 60 s)",
    )
    .option('--quick', 'under a minute; what it cannot decide is INCONCLUSIVE');

/**
 * Reads profile and target and compiles the plan that the flags ask for.
 *
 * @throws exit 2 on every mistake in flags or files; nothing has been sent then.
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
  if (file && (flags.duration ?? flags.quick) !== undefined) throw fixedLength(flags, file.file.shown);
  const durationSeconds = numberFlag('--duration', flags.duration, 1, MOST_SECONDS);
  const ratePerSecond = numberFlag('--rate', flags.rate, 0.1, MOST_PER_SECOND);
  const seed = numberFlag('--seed', flags.seed, 0, MOST_SEED) ?? DEFAULT_SEED;
  if (!Number.isInteger(seed)) throw notThatNumber('--seed', flags.seed!, 'a whole number');
  const [{ profile: written, file: profileFile }, { target, file: targetFile }] = await Promise.all([
    readProfile(profileName),
    readTarget(flags.target),
  ]);
  const overrides = Object.fromEntries(FAULT_FLAGS.flatMap((name) => (flags[name] ? [[name, flags[name]]] : [])));
  const experiment = file ? resolveExperiment(file, overrides, target, driver) : undefined;
  const wanted = ratePerSecond ?? written.arrivals.ratePerSecond;
  const rate = wanted * (experiment?.rateFactor ?? 1);
  const profile = { ...written, arrivals: { ...written.arrivals, ratePerSecond: rate } };
  if (flags.defect && target.world === null) {
    throw usageError({
      where: '--defect',
      what: `target ${target.name} is not a local world, so no defect can be planted in it`,
      next: 'Leave --defect out, or use --target active-active.',
    });
  }
  if (target.world !== null) checkWorld(target.world, flags.defect ?? null);
  const routing = target.world === null ? noSpeed(flags.speed, target) : routingSpeed(flags.speed);
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

/** The speed that `--speed` names; usage error for another one. */
export function routingSpeed(given = 'fast'): RoutingSpeed {
  const speed = ROUTING_SPEEDS.find((known) => known === given);
  if (speed) return speed;
  throw usageError({
    where: '--speed',
    what: 'there is no such speed of routing',
    got: `"${given}"`,
    expected: `one of ${ROUTING_SPEEDS.join(', ')}`,
  });
}

function noSpeed(given: string | undefined, target: Target): null {
  if (given === undefined) return null;
  throw usageError({
    where: '--speed',
    what: `target ${target.name} is not a local world, and its routing is as fast as it is`,
    next: 'Leave --speed out.',
  });
}

async function missingProfile(commandName: string): Promise<Error> {
  const names = await profileNames();
  const profiles = await Promise.all(names.map(async (name) => (await readProfile(name)).profile));
  const width = Math.max(...names.map((name) => name.length));
  const list = profiles.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join('\n');
  return usageError({
    where: '--profile',
    what: 'say who sends, and from where',
    next: `For example \`npm run ${commandName} -- --profile apac-heavy\`. There are:\n${list}`,
  });
}

function numberFlag(flag: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw notThatNumber(flag, text, `a number from ${least} to ${most}`);
}

const notThatNumber = (flag: string, got: string, expected: string): Error =>
  usageError({ where: flag, what: 'this is not a number that can be used', got: `"${got}"`, expected });

const fixedLength = (flags: PlanFlags, shown: string): Error =>
  usageError({
    where: flags.duration === undefined ? '--quick' : '--duration',
    what: 'an experiment has a length of its own',
    expected: `baselineSeconds, settleSeconds, recoverySeconds and the faults of ${shown}`,
    next: 'Leave the flag out, or copy the file and give its path.',
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

/** The command that reproduces a run, its seed named. */
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
 * What is known of the way from clients to the proxies that an experiment breaks, in lines for people; asks the control
 * API of Toxiproxy, and nothing of the target.
 *
 * @throws exit 2, at the `url:` of a region whose clients pass its ingress proxy by.
 */
export async function checkWayThroughProxies(plan: RunPlan, target: Target, targetFile: YamlFile): Promise<string[]> {
  if (plan.experiment === null || target.world !== null || plan.experiment.driver !== 'own') return [];
  const check = await checkIngress(plan.experiment, target);
  refuseBypasses(check, (region) => targetFile.at(['regions', region, 'url']));
  return check.lines;
}
