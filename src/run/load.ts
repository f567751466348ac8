import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLifecycle } from '../../chaos/lifecycle.ts';
import type { Lifecycle } from '../../chaos/timeline.ts';
import { lockControls } from '../../chaos/lock.ts';
import { controlsOf } from '../../chaos/points.ts';
import { sitesOfExperiment } from '../../chaos/preflight.ts';
import type { Profile, Target } from '../config/types.ts';
import { AntipodeError, EXIT } from '../errors.ts';
import type { PlanExperiment } from '../formats/faults.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { RecordedRow } from '../formats/recording.ts';
import type { TimetableIndex } from '../formats/timetable.ts';
import { compileTimetable } from '../plan/timetable.ts';
import { resolveTools } from '../tools/index.ts';
import { writeAftermath } from './aftermath.ts';
import { baselineWatch } from './baseline-watch.ts';
import { Cleanup } from './cleanup.ts';
import { laneSpecs, playerEndpoints, upstreamsOf } from './endpoints.ts';
import { fisControls } from './fis-controls.ts';
import { startFisEndpoint } from './fis-endpoint.ts';
import { generate } from './generate.ts';
import { outsideGuard } from './outside-guard.ts';
import { generatorDistance } from './generator-distance.ts';
import { ignoredWords, outputVariables } from './k6-environment.ts';
import { playerConfig, playerEnvironment, secretValues } from './player-config.ts';
import { Journal } from './journal.ts';
import { watchLagReports } from './lag-reports.ts';
import { nearestRegion, worldRouting } from './name-service.ts';
import { k6Resolver } from './names.ts';
import { openLanes } from './open-lanes.ts';
import { createRunDirectory } from './run-directory.ts';
import { smokeGapMs, smokeRequests } from './smoke.ts';
import { SetupList } from './setup-list.ts';
import { startWorld } from './world.ts';
import type { AttachedWorld, RunningWorld } from './world.ts';

export interface LoadOptions {
  plan: RunPlan;
  profile: Profile;
  target: Target;
  /** Where a key of the target file stands, as `file:line:column`. */
  placeInTarget(path: PropertyKey[]): string;
  /** A world that is up already; null starts one of its own. */
  world: AttachedWorld | null;
  /** Account ids of AWS in journal and reports as they are. */
  showAccounts: boolean;
  out: string[];
  /** Whether one request of every operation goes to every region first. */
  smoke: boolean;
  signal: AbortSignal;
  /** Lines of the set-up list. */
  report: (line: string) => void;
  /** Called once everything is ready, before the first request. */
  onReady(index: TimetableIndex, timetable: Uint8Array): void;
  onRow(row: RecordedRow): void;
  onTick(nowMs: number): void;
  /** What happens to the faults of an experiment, a line each. */
  onFault(line: string): void;
}

/**
 * Makes one run: writes plan and timetable, starts world and lanes, lets k6 play, and leaves `runs/<run-id>/` with
 * everything but the seal. Whatever was started is stopped again, also on failure and Ctrl-C.
 *
 * @returns the run's directory.
 */
export async function makeRun(options: LoadOptions): Promise<{ dir: string; cutShort: boolean }> {
  const { plan, target, signal } = options;
  const cleanup = new Cleanup();
  const dir = await createRunDirectory(plan.runId, plan.rows);
  const setup = new SetupList(options.report);
  const journal = new Journal(join(dir, 'journal.jsonl'));
  let started = false;
  let lifecycle = null as Lifecycle | null;
  let fisLost = null as Promise<string> | null;
  try {
    const cutShort = await run();
    return { dir, cutShort };
  } catch (error) {
    // Nobody will judge this run, so nobody else would say it.
    await lifecycle?.abort('abort');
    throw lifecycle?.damaged ? impaired(error) : error;
  } finally {
    const failures = await cleanup.run();
    for (const { name, error } of failures) options.report(`could not stop ${name}: ${String(error)}`);
    if (!started) await rm(dir, { recursive: true, force: true });
  }

  async function run(): Promise<boolean> {
    cleanup.add('journal', () => journal.close());
    journal.write({ kind: 'planned', runId: plan.runId, rows: plan.rows });
    const { ignored } = outputVariables(options.out);
    if (ignored.length > 0) {
      journal.write({ kind: 'environment-ignored', names: ignored });
      options.report(ignoredWords(ignored));
    }

    const compiling = setup.step('timetable', timetable, () => `${plan.rows} requests`);
    const starting = toolsAndWorld();
    // Both are over before either's failure is thrown: a world that came up meanwhile must be stopped too.
    await Promise.allSettled([compiling, starting]);
    const { bin, index } = await compiling;
    const { k6, world } = await starting;
    stopIfInterrupted();
    if (world) {
      const { pid, versions } = world.file;
      journal.write({ kind: 'world-up', tookMs: world.tookMs, pid, versions });
    }
    const upstreams = await upstreamsOf(target, world?.file ?? null, plan, options.placeInTarget);
    // Said, because probes "in the region" stand here: what they measure includes this way.
    const distance =
      plan.lanes === 'difference'
        ? await setup.step(
            'way to the regions',
            () => generatorDistance(plan, upstreams),
            (rtts) => rtts.map((rttMs, region) => `${plan.regions[region]!.id} ${rttMs.toFixed(1)} ms`).join(', '),
          )
        : null;
    const specs = laneSpecs(plan, upstreams, distance);
    const lanes = await setup.step(
      'lanes calibrated',
      () => openLanes({ plan, upstreams, specs, journal, cleanup, signal }),
      () => `${specs.length}`,
    );
    stopIfInterrupted();

    const baseline = plan.experiment ? baselineWatch(plan, index, bin) : null;
    const experiment = plan.experiment ? await faults(plan.experiment, world, () => baseline?.broken() ?? null) : null;
    stopIfInterrupted();
    const lag = plan.experiment && world ? watchLagReports(`${world.file.control.url}/lag`) : null;
    cleanup.add('lag reports', () => void lag?.finish(Infinity));
    const guard = plan.experiment ? outsideGuard(plan, plan.experiment, index, bin) : null;
    const { origins, hosts } = playerEndpoints(plan, upstreams, specs, lanes.ports);
    const workDir = await mkdtemp(join(tmpdir(), 'antipode-run-'));
    cleanup.add('working directory', () => rm(workDir, { recursive: true, force: true }));
    setup.done();
    options.onReady(index, bin);
    const generated = await generate({
      plan,
      runDir: dir,
      workDir,
      k6,
      config: {
        ...playerConfig(plan, target, join(dir, 'timetable.bin'), origins),
        smoke: options.smoke ? smokeRequests(plan, index, bin) : [],
        smokeGapMs: smokeGapMs(plan),
      },
      timetable: bin,
      onStart: () => (started = true),
      say: options.report,
      clients: index.clients.firstRow.map((firstRow, c) => ({
        firstRow,
        rows: index.clients.rows[c]!,
        origin: index.clients.origin[c]!,
        cohort: index.clients.cohort[c]!,
      })),
      hosts,
      names: world && target.routing.mode === 'world' ? worldRouting(plan, world.file) : nearestRegion(plan),
      environment: { ...k6Resolver(plan.target.ttlSeconds), ...playerEnvironment(target) },
      secrets: secretValues(target),
      out: options.out,
      journal,
      cleanup,
      signal,
      lost: Promise.race([
        lanes.exited.then((how) => `the lanes ended: ${how}`),
        ...(world ? [world.lost.then((how) => `the world ended: ${how}`)] : []),
        ...(fisLost ? [fisLost] : []),
      ]),
      experiment,
      guard: (nowMs) => (experiment?.active ? (guard?.crossed(nowMs) ?? null) : null),
      onRow: (row) => {
        baseline?.add(row);
        guard?.add(row);
        options.onRow(row);
      },
      onTick: options.onTick,
    });
    // Stopped before T0, by Ctrl-C: there is no run to judge.
    if (generated.t0 === null) stopIfInterrupted();
    await writeAftermath({
      plan,
      profile: options.profile,
      target,
      world: world?.file ?? null,
      upstreams,
      journal,
      lag,
      t0: generated.t0,
    });
    journal.write({ kind: 'ended', cutShort: generated.cutShort });
    return generated.cutShort;
  }

  /** Preflight of the experiment; from now on nothing is broken that the keeper does not know of. */
  async function faults(
    experiment: PlanExperiment,
    world: AttachedWorld | null,
    unfit: () => string | null,
  ): Promise<Lifecycle> {
    const file = world?.file ?? null;
    // Before an endpoint is started, which undoes whatever others have left: it must not be what they are just doing.
    cleanup.add('lock', await lockControls(controlsOf(file, target), plan.runId));
    const fis =
      experiment.driver === 'fis'
        ? await fisControls(target, file, options.showAccounts, () =>
            world ? fisBeside(world.path) : Promise.resolve(null),
          )
        : null;
    const controls = controlsOf(file, target, fis);
    cleanup.add('lock of FIS', await lockControls({ ...controls, toxiproxies: [] }, plan.runId));
    lifecycle = await setup.step(
      'faults',
      () =>
        startLifecycle({
          runId: plan.runId,
          runDir: dir,
          experiment,
          controls,
          journal,
          unfit,
          say: options.onFault,
          signal,
        }),
      () => `${sitesOfExperiment(experiment).length} sites healthy, keeper up`,
    );
    cleanup.add('faults', () => lifecycle?.close());
    return lifecycle;
  }

  async function fisBeside(worldPath: string): Promise<string> {
    const endpoint = await setup.step(
      'FIS endpoint',
      () => startFisEndpoint(worldPath, 1),
      (one) => one.url,
    );
    cleanup.add('FIS endpoint', async () => endpoint[Symbol.asyncDispose]());
    fisLost = endpoint.lost;
    return endpoint.url;
  }

  async function timetable(): Promise<{ bin: Uint8Array; index: TimetableIndex }> {
    const compiled = compileTimetable(plan, options.profile);
    await Promise.all([
      writeFile(join(dir, 'plan.json'), JSON.stringify(plan, null, 1)),
      writeFile(join(dir, 'timetable.bin'), compiled.bin),
      writeFile(join(dir, 'timetable.json'), JSON.stringify(compiled.index)),
    ]);
    return compiled;
  }

  async function toolsAndWorld(): Promise<{
    k6: string;
    world: (AttachedWorld & Pick<RunningWorld, 'tookMs' | 'lost'>) | null;
  }> {
    if (plan.target.world === null) {
      const { k6 } = await setup.step('tools', () => resolveTools(['k6'], options.report, signal));
      return { k6, world: null };
    }
    if (options.world) {
      const { k6 } = await setup.step('tools', () => resolveTools(['k6'], options.report, signal));
      return { k6, world: { ...options.world, tookMs: 0, lost: new Promise(() => {}) } };
    }
    const tools = await setup.step('tools', () =>
      resolveTools(['k6', 'toxiproxy-server', 'redis-server', 'postgres'], options.report, signal),
    );
    stopIfInterrupted();
    const world = await setup.step('world up', () =>
      startWorld({
        world: plan.target.world!,
        defect: plan.target.defect,
        speed: plan.target.routingSpeed!,
        tools,
        signal,
      }),
    );
    cleanup.add('world', () => world.stop());
    return { k6: tools.k6, world: { ...world, path: world.worldFilePath } };
  }

  function stopIfInterrupted(): void {
    if (!signal.aborted) return;
    throw new AntipodeError(EXIT.interrupted, { what: 'Interrupted before the first request; no load was sent' });
  }
}

const impaired = (error: unknown): AntipodeError =>
  new AntipodeError(EXIT.impaired, {
    what: `a fault could not be proven to be gone, and the run broke: ${error instanceof Error ? error.message : String(error)}`,
    next: 'The target may be damaged: run `npm run heal`.',
    cause: error,
  });
