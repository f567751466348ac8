/** `npm run heal`: undoes every open fault, found in the journals of runs or by its name in the target. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Leftovers, leftoversOf } from '../../chaos/leftovers.ts';
import { HEALED, type OpenFault, openFaults } from '../../chaos/open-faults.ts';
import { type Controls, controlsOf } from '../../chaos/points.ts';
import { standBy } from '../../chaos/stand-by.ts';
import { nameOf, stopAll, type Stopped } from '../../chaos/undo.ts';
import { readTarget } from '../config/load.ts';
import { EXIT, usageError } from '../errors.ts';
import { faultName, type Undo } from '../formats/faults.ts';
import { fisControls } from '../run/fis-controls.ts';
import { RUNS_DIR } from '../run/run-directory.ts';
import { attachWorld } from '../run/world.ts';

interface HealFlags {
  dryRun?: boolean;
  world?: string;
  target?: string;
  showAccounts?: boolean;
  standBy?: boolean;
}

/** Adds `heal`. Exits 0 if no fault is left, 5 if one could not be undone or a target could not be searched. */
export function addHealCommand(program: Command): void {
  program
    .command('heal')
    .description('undo every open fault: those in the journals of all runs, and those found in a world or target')
    .argument('[run]', 'undo only the faults of this run')
    .option('--dry-run', 'list open faults without undoing them')
    .option('--world <world.json>', 'also search a running world for faults')
    .option('--target <name>', "also search a target's Toxiproxies and AWS FIS for faults")
    .option('--stand-by', 'keep running, and undo the faults of every run whose process dies; Ctrl-C stops it')
    .option('--show-accounts', 'show AWS account ids in messages')
    .action(async (run: string | undefined, flags: HealFlags) => {
      process.exitCode = flags.standBy ? await stay(run, flags) : await heal(run, flags);
    });
}

async function heal(run: string | undefined, flags: HealFlags): Promise<number> {
  const { dryRun } = flags;
  const known = (await openFaults(RUNS_DIR)).filter(({ runId }) => run === undefined || runId === run);
  let damaged = 0;
  for (const fault of known) damaged += (await undoKnown(fault, dryRun ?? false)) ? 0 : 1;
  const { left: named, unreachable } = await byName(flags);
  for (const what of unreachable) console.log(`COULD NOT BE SEARCHED: ${what}`);
  damaged += unreachable.length;
  const seen = new Set(known.flatMap(({ undo }) => undo.map(({ fault }) => faultName(fault))));
  const unknown = named.filter(
    ({ fault }) => !seen.has(faultName(fault)) && (run === undefined || fault.runId === run),
  );
  // In parallel: an experiment of FIS takes minutes to roll back.
  const undone = await Promise.all(unknown.map((undo) => undoNamed(undo, dryRun ?? false)));
  damaged += undone.filter((isUndone) => !isUndone).length;
  if (run !== undefined && known.length + unknown.length === 0) console.log(`Run ${run} has no open fault.`);
  else if (known.length + unknown.length + unreachable.length === 0) console.log('No open fault.');
  return damaged === 0 ? EXIT.pass : EXIT.impaired;
}

async function undoKnown(fault: OpenFault, dryRun: boolean): Promise<boolean> {
  const title = `${fault.runId}: fault ${fault.number} (${fault.kind}) at ${fault.undo.map(nameOf).join(', ')}`;
  if (dryRun) {
    console.log(`${title}: open`);
    return true;
  }
  try {
    const how = inWords(await stopAll(fault.undo));
    const note = { at: new Date().toISOString(), fault: fault.number, how };
    const unnoted = await appendFile(join(fault.runDir, HEALED), `${JSON.stringify(note)}\n`).then(() => null, String);
    console.log(
      `${title}: ${how}${unnoted === null ? '' : ` (not recorded, so the next heal finds it again: ${unnoted})`}`,
    );
    return true;
  } catch (error) {
    console.log(`${title}: COULD NOT BE UNDONE: ${String(error)}`);
    return false;
  }
}

const inWords = (stopped: Stopped[]): string =>
  stopped.every(({ how }) => how === 'moot')
    ? 'nothing to undo: the target is gone'
    : stopped.every(({ how }) => how === 'clean' || how === 'moot')
      ? 'already cleared'
      : 'undone';

async function undoNamed(undo: Undo, dryRun: boolean): Promise<boolean> {
  const title = `${undo.fault.runId}: fault ${undo.fault.number} at ${nameOf(undo)}, found by name`;
  const failure = dryRun ? null : await stopAll([undo]).then(() => null, String);
  console.log(`${title}: ${dryRun ? 'open' : failure === null ? 'undone' : `COULD NOT BE UNDONE: ${failure}`}`);
  return failure === null;
}

async function byName(flags: HealFlags): Promise<Leftovers> {
  const controls = await controlsFromFlags(flags);
  return controls === null ? { left: [], unreachable: [] } : leftoversOf(controls);
}

/** The controls of the world or target in the flags; null if there is none. */
async function controlsFromFlags({ world, target, showAccounts }: HealFlags): Promise<Controls | null> {
  if (world !== undefined && target !== undefined) {
    throw usageError({
      where: '--target',
      what: 'cannot be combined with --world',
      next: 'Remove one of the two.',
    });
  }
  if (world === undefined && target === undefined) return null;
  const file = world === undefined ? null : await attachWorld(world);
  const { target: read } = await readTarget(file?.world ?? target!);
  // A world gets no new FIS endpoint here: it would have no experiments to find.
  const fis = await fisControls(read, file, showAccounts ?? false, () => Promise.resolve(null));
  return controlsOf(file, read, fis);
}

async function stay(run: string | undefined, flags: HealFlags): Promise<number> {
  const rejected = (what: string): Error =>
    usageError({ where: '--stand-by', what, next: 'Run `npm run heal -- --stand-by --world <world.json>`.' });
  if (run !== undefined || flags.dryRun) throw rejected('cannot be combined with a run or --dry-run');
  const controls = await controlsFromFlags(flags);
  if (controls === null) throw rejected('needs --world or --target');
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort());
  console.log('Standing by to undo the faults of every run whose process dies. Ctrl-C stops it.');
  await standBy(controls, (line) => console.log(line), stopping.signal);
  return EXIT.pass;
}
