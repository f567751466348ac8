/** The schema of chaos/experiments/*.yaml, and the conversion of such a file to the experiment of a plan. */
import { readdir } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { between, text, wholeBetween } from '../src/config/values.ts';
import type { YamlFile } from '../src/config/places.ts';
import { readYaml, throwMistakes } from '../src/config/yaml-file.ts';
import { type ErrorParts, usageError } from '../src/errors.ts';
import { FAULT_KINDS, type ExperimentSpec, type FaultDriver, type PlanFault } from '../src/formats/faults.ts';
import type { Target } from '../src/config/types.ts';
import { evacuationOf, evacuationSchema } from './evacuation-file.ts';
import { limitWithoutEvacuation, longerThanBlastRadius, notKept, overlappingFaults } from './experiment-checks.ts';
import { experimentLimits, MAX_FAULT_SECONDS } from './limits.ts';
import { resolveFault } from './experiment-fault.ts';
import { fisSlackMs } from './experiment-fis.ts';

const EXPERIMENTS = fileURLToPath(new URL('./experiments/', import.meta.url));

const seconds = between(0, MAX_FAULT_SECONDS, 'seconds');

const fault = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  params: z.record(z.string(), z.unknown()).default({}).describe('Parameters of the kind; the rest comes from `with`.'),
  atSeconds: seconds.default(0).describe('After the baseline.'),
  forSeconds: between(1, MAX_FAULT_SECONDS, 'seconds'),
});

export const experimentSchema = z.strictObject({
  title: text.describe('One line for reports.'),
  hypothesis: text.describe('What should hold before, during and after the faults.'),
  profile: text.describe('The load, unless --profile names another.'),
  rateFactor: between(0.1, 10).default(1).describe('Factor on the rate of the profile.'),
  with: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Parameters of every fault that does not set its own; --region, --face and --mode override them.'),
  baselineSeconds: wholeBetween(5, 600, 'seconds').default(20),
  settleSeconds: wholeBetween(1, 600, 'seconds').default(20).describe('After the last fault, not judged.'),
  recoverySeconds: wholeBetween(5, 600, 'seconds').default(20).describe('After settling; judged.'),
  faults: z.array(fault).min(1).max(50),
  alsoHurts: z
    .array(z.string())
    .default([])
    .describe('Regions without a fault that may be affected: writes in every region need the primary, for example.'),
  blastRadius: z
    .strictObject({
      requestShare: between(0, 1).describe('Maximum share of requests from the affected regions.'),
      seconds: seconds.describe('Maximum time from the start of the first fault to the end of the last.'),
    })
    .describe('A plan that exceeds it is refused.'),
  evacuate: evacuationSchema.optional(),
  limits: experimentLimits,
  keeps: z
    .array(text)
    .default([])
    .describe(
      'Claims of the target on requests that must hold in every region during the faults, also in affected ones.',
    ),
  guards: z
    .strictObject({
      outsideBadShare: between(0, 1)
        .default(0.1)
        .describe('Share of bad requests outside the blast radius that aborts it.'),
      windowSeconds: between(1, 60, 'seconds').default(5),
    })
    .prefault({}),
});

export type ExperimentFile = z.output<typeof experimentSchema>;

/** Names of the shipped experiments, sorted. */
export const experimentNames = async (): Promise<string[]> =>
  (await readdir(EXPERIMENTS))
    .filter((file) => extname(file) === '.yaml')
    .map((file) => basename(file, '.yaml'))
    .toSorted();

/** An experiment by name or by the path of its file. Usage error (exit 2) if it is unknown or invalid. */
export async function readExperiment(
  nameOrPath: string,
): Promise<{ value: ExperimentFile; file: YamlFile; name: string }> {
  if (/[/\\]|\.ya?ml$/.test(nameOrPath)) {
    const { value, file } = await readYaml(resolve(nameOrPath), experimentSchema);
    return { value, file, name: basename(nameOrPath, extname(nameOrPath)) };
  }
  const known = await experimentNames();
  if (!known.includes(nameOrPath)) {
    throw usageError({
      what: 'unknown experiment',
      got: `"${nameOrPath}"`,
      expected: `one of ${known.join(', ')}, or the path of a YAML file`,
    });
  }
  const { value, file } = await readYaml(resolve(EXPERIMENTS, `${nameOrPath}.yaml`), experimentSchema);
  return { value, file, name: nameOrPath };
}

/**
 * The experiment for this target: parameters filled in (`overrides` win over `with`) and checked by their kinds, sites
 * selected, duration checked against the blast radius. Usage error with all mistakes and their places. With the driver
 * `fis`, parameters are those of what FIS really does, and sites are where probes observe it.
 */
export function resolveExperiment(
  { value, file, name }: { value: ExperimentFile; file: YamlFile; name: string },
  overrides: Record<string, string>,
  target: Target,
  driver: FaultDriver = 'own',
): ExperimentSpec {
  refuseUnknownOverrides(value, file, overrides);
  const regionIds = target.regions.map(({ id }) => id);
  const mistakes: ErrorParts[] = [];
  const faults = value.faults.flatMap(({ kind, params: own, atSeconds, forSeconds }, i): PlanFault[] => {
    const params = { ...value.with, ...overrides, ...own };
    const [fromMs, toMs] = [atSeconds * 1000, (atSeconds + forSeconds) * 1000];
    const resolved = resolveFault({ number: i + 1, kind, params, fromMs, toMs }, target, driver);
    if (!('what' in resolved)) return [resolved];
    mistakes.push({ where: file.at(['faults', i]), ...resolved });
    return [];
  });
  for (const [i, id] of value.alsoHurts.entries()) {
    if (regionIds.includes(id)) continue;
    mistakes.push({
      where: file.at(['alsoHurts', i]),
      what: 'unknown region',
      got: id,
      expected: `one of ${regionIds.join(', ')}`,
    });
  }
  throwMistakes(mistakes);
  const evacuate = value.evacuate ? evacuationOf(value.evacuate, faults, target, file) : null;
  const slackMs = driver === 'own' ? 0 : fisSlackMs(target);
  const stretched = faults.map((fault) =>
    slackMs === 0 ? fault : { ...fault, toMs: fault.toMs + slackMs, lastsMs: fault.toMs - fault.fromMs },
  );
  throwMistakes([
    ...overlappingFaults(stretched, file),
    ...longerThanBlastRadius(faults, value, file),
    ...(Array.isArray(evacuate) ? evacuate : []),
    ...limitWithoutEvacuation(value, file),
    ...notKept(value, target, file),
  ]);
  const { limits, blastRadius, guards } = value;
  return {
    name,
    title: value.title,
    hypothesis: value.hypothesis,
    profile: value.profile,
    driver,
    rateFactor: value.rateFactor,
    baselineMs: value.baselineSeconds * 1000,
    settleMs: value.settleSeconds * 1000 + slackMs,
    recoveryMs: value.recoverySeconds * 1000,
    faults: stretched,
    regions: regionIds.filter(
      (id) => value.alsoHurts.includes(id) || faults.some((fault) => fault.regions.includes(id)),
    ),
    blastRadius: { requestShare: blastRadius.requestShare, durationMs: blastRadius.seconds * 1000 + slackMs },
    limits,
    keeps: value.keeps,
    guards: { outsideBadShare: guards.outsideBadShare, windowMs: guards.windowSeconds * 1000 },
    evacuate: Array.isArray(evacuate) ? null : evacuate,
  };
}

function refuseUnknownOverrides(value: ExperimentFile, file: YamlFile, overrides: Record<string, string>): void {
  const settable = Object.keys(value.with);
  const wrong = Object.keys(overrides).find((key) => !settable.includes(key));
  if (wrong === undefined) return;
  throw usageError({
    where: `--${wrong}`,
    what: 'this experiment has no such parameter',
    got: overrides[wrong]!,
    expected: settable.length > 0 ? settable.map((key) => `--${key}`).join(', ') : 'none',
    next: `See \`with:\` in ${file.shown}.`,
  });
}
