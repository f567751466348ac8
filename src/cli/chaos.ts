/** `npm run chaos -- <experiment>`: a load test with faults, each confirmed in effect and confirmed cleared. */
import type { Command } from 'commander';
import { experimentNames, readExperiment } from '../../chaos/experiment.ts';
import { usageError } from '../errors.ts';
import { addRunOptions, type RunFlags, runAndReport } from './load.ts';
import { DRIVER_HELP } from './plan-fis.ts';
import { addFaultOptions } from './plan-flags.ts';

/** Adds `chaos`. Exits with the verdict's code; 5 if a fault could not be confirmed cleared. */
export function addChaosCommand(program: Command): void {
  addFaultOptions(addRunOptions(program.command('chaos')))
    .description('run a load test with faults; judges failover, data and recovery')
    .option('--driver <driver>', DRIVER_HELP)
    .option('--show-accounts', 'show AWS account ids in messages and reports (hidden by default)')
    .argument('[experiment]', 'name of an experiment in chaos/experiments/, or the path of its file')
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
    what: 'no experiment given',
    next: `For example \`npm run chaos -- region-outage\`. Experiments:\n${list}`,
  });
}
