/** `npm run heal`: undoes every fault that is still open, from journals and from names. */
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

/** Adds `heal`. Exits 0 when nothing of ours is left, 5 when something could not be undone. */
export function addHealCommand(program: Command): void {
  program
    .command('heal')
    .description('undo every fault that is still open: by the journals of all runs, and by names in a target')
    .argument('[run]', 'only this run')
    .option('--dry-run', 'list them, change nothing')
    .option('--world <world.json>', 'also look for left-over faults in a world that is up')
    .option('--target <name>', "also look for left-over faults in a target's Toxiproxies, and in AWS FIS by their tags")
    .option('--stand-by', 'stay, and undo at once what a run leaves there whose process is gone; Ctrl-C ends it')
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
  const { left: named, silent } = await byName(flags);
  for (const what of silent) console.log(`COULD NOT BE ASKED: ${what}`);
  damaged += silent.length;
  const seen = new Set(known.flatMap(({ undo }) => undo.map(({ fault }) => faultName(fault))));
  const unknown = named.filter(
    ({ fault }) => !seen.has(faultName(fault)) && (run === undefined || fault.runId === run),
  );
  // All at once: experiments of FIS take minutes to roll back, and the last of them should not wait for the first.
  const undone = await Promise.all(unknown.map((undo) => undoNamed(undo, dryRun ?? false)));
  damaged += undone.filter((isUndone) => !isUndone).length;
  if (run !== undefined && known.length + unknown.length === 0) console.log(`Run ${run} has no open fault.`);
  else if (known.length + unknown.length + silent.length === 0) console.log('No open fault.');
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
      `${title}: ${how}${unnoted === null ? '' : ` (found again next time, for it could not be noted: ${unnoted})`}`,
    );
    return true;
  } catch (error) {
    console.log(`${title}: COULD NOT BE UNDONE: ${String(error)}`);
    return false;
  }
}

const inWords = (stopped: Stopped[]): string =>
  stopped.every(({ how }) => how === 'moot')
    ? 'moot: what was broken is no more'
    : stopped.every(({ how }) => how === 'clean' || how === 'moot')
      ? 'nothing of it was left'
      : 'undone';

async function undoNamed(undo: Undo, dryRun: boolean): Promise<boolean> {
  const title = `${undo.fault.runId}: fault ${undo.fault.number} at ${nameOf(undo)}, found by name`;
  const failure = dryRun ? null : await stopAll([undo]).then(() => null, String);
  console.log(`${title}: ${dryRun ? 'open' : failure === null ? 'undone' : `COULD NOT BE UNDONE: ${failure}`}`);
  return failure === null;
}

async function byName(flags: HealFlags): Promise<Leftovers> {
  const controls = await controlsAsked(flags);
  return controls === null ? { left: [], silent: [] } : leftoversOf(controls);
}

/** The controls of what the flags name; null if they name nothing. */
async function controlsAsked({ world, target, showAccounts }: HealFlags): Promise<Controls | null> {
  if (world !== undefined && target !== undefined) {
    throw usageError({
      where: '--target',
      what: 'a world is its own target',
      next: 'Give --world or --target, not both.',
    });
  }
  if (world === undefined && target === undefined) return null;
  const file = world === undefined ? null : await attachWorld(world);
  const { target: read } = await readTarget(file?.world ?? target!);
  // Beside a world there is an endpoint only where one is named: none is started to look for what it would have swept.
  const fis = await fisControls(read, file, showAccounts ?? false, () => Promise.resolve(null));
  return controlsOf(file, read, fis);
}

async function stay(run: string | undefined, flags: HealFlags): Promise<number> {
  const refused = (what: string): Error =>
    usageError({ where: '--stand-by', what, next: 'Try `npm run heal -- --stand-by --world <world.json>`.' });
  if (run !== undefined || flags.dryRun) throw refused('it waits for every run, and undoes what that leaves');
  const controls = await controlsAsked(flags);
  if (controls === null) throw refused('there is nothing to watch');
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort());
  console.log('Standing by: what a run leaves there whose process is gone is undone. Ctrl-C ends this.');
  await standBy(controls, (line) => console.log(line), stopping.signal);
  return EXIT.pass;
}
