/** The first stage of a run: writes its files while its tools are resolved and its world starts. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TimetableIndex } from '../formats/timetable.ts';
import { compileTimetable } from '../plan/timetable.ts';
import { resolveTools } from '../tools/index.ts';
import { type RunContext, stopIfInterrupted } from './run-context.ts';
import { type AttachedWorld, type RunningWorld, startWorld } from './world.ts';

/** A running world; `lost` resolves when one that this run has started exits by itself. */
export type WorldOfRun = AttachedWorld & Pick<RunningWorld, 'tookMs' | 'lost'>;

export interface Prepared {
  /** timetable.bin */
  bin: Uint8Array;
  index: TimetableIndex;
  /** Path of k6. */
  k6: string;
  /** null for your own target. */
  world: WorldOfRun | null;
}

export async function prepare(context: RunContext): Promise<Prepared> {
  const { options, setup, journal } = context;
  const compiling = setup.step(
    'timetable',
    () => writeFiles(context),
    () => `${options.plan.rows} requests`,
  );
  const starting = toolsAndWorld(context);
  // Wait for both before either's failure is thrown: a world that started meanwhile must be stopped too.
  await Promise.allSettled([compiling, starting]);
  const { bin, index } = await compiling;
  const { k6, world } = await starting;
  stopIfInterrupted(context);
  if (world) {
    const { pid, versions } = world.file;
    journal.write({ kind: 'world-up', tookMs: world.tookMs, pid, versions });
  }
  return { bin, index, k6, world };
}

async function writeFiles({ options, dir }: RunContext): Promise<Pick<Prepared, 'bin' | 'index'>> {
  const { plan, profile } = options;
  const compiled = compileTimetable(plan, profile);
  await Promise.all([
    writeFile(join(dir, 'plan.json'), JSON.stringify(plan, null, 1)),
    writeFile(join(dir, 'timetable.bin'), compiled.bin),
    writeFile(join(dir, 'timetable.json'), JSON.stringify(compiled.index)),
  ]);
  return compiled;
}

async function toolsAndWorld(context: RunContext): Promise<Pick<Prepared, 'k6' | 'world'>> {
  const { options, setup, cleanup } = context;
  const { signal, report } = options;
  const { world: name, defect, routingSpeed } = options.plan.target;
  if (name === null || options.world) {
    const { k6 } = await setup.step('tools', () => resolveTools(['k6'], report, signal));
    const attached = name === null ? null : options.world;
    return { k6, world: attached && { ...attached, tookMs: 0, lost: new Promise(() => {}) } };
  }
  const tools = await setup.step('tools', () =>
    resolveTools(['k6', 'toxiproxy-server', 'redis-server', 'postgres'], report, signal),
  );
  stopIfInterrupted(context);
  const world = await setup.step('world up', () =>
    startWorld({ world: name, defect, speed: routingSpeed!, tools, signal }),
  );
  cleanup.add('world', () => world.stop());
  return { k6: tools.k6, world: { ...world, path: world.worldFilePath } };
}
