/** `npm run chaos -- <experiment>`: load with something broken on purpose, proven to bite and proven to be gone. */
import type { Command } from 'commander';
import { experimentNames, readExperiment } from '../../chaos/experiment.ts';
import { usageError } from '../errors.ts';
import { addRunOptions, type RunFlags, runAndReport } from './load.ts';
import { DRIVER_HELP } from './plan-fis.ts';
import { addFaultOptions } from './plan-flags.ts';

/** Adds `chaos`. Exits with the verdict's code; 5 if a heal could not be verified. */
export function addChaosCommand(program: Command): void {
  addFaultOptions(addRunOptions(program.command('chaos')))
    .description('load with something broken on purpose: failover, data and recovery are judged')
    .option('--driver <driver>', DRIVER_HELP)
    .option('--show-accounts', 'show AWS account ids in messages and reports, which hide them otherwise')
    .argument('[experiment]', 'a file of chaos/experiments/, or the path of one')
    .action(async (experiment: string | undefined, flags: RunFlags) => {
      if (experiment === undefined) throw await missingExperiment();
      process.exitCode = await runAndReport('chaos', flags, experiment);
    });
}

async function missingExperiment(): Promise<Error> {
  const names = await experimentNames();
  const files = await Promise.all(names.map(readExperiment));
  const width = Math.max(...names.map((name) => name.length));
  const list = files.map(({ name, value }) => `  ${name.padEnd(width)}  ${value.title}`).join('\n');
  return usageError({
    what: 'say what is to be broken',
    next: `For example \`npm run chaos -- region-outage\`. There are:\n${list}`,
  });
}
