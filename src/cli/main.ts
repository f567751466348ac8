import { Command, CommanderError } from 'commander';
import { AntipodeError, brokenError, EXIT } from '../errors.ts';
import { RUNS_DIR } from '../run/run-directory.ts';
import { addChaosCommand } from './chaos.ts';
import { addDoctorCommand } from './doctor.ts';
import { addHealCommand } from './heal.ts';
import { addLoadCommand } from './load.ts';
import { addPlanCommand } from './plan.ts';
import { addReportCommand } from './report.ts';
import { addSchemasCommand } from './schemas.ts';
import { refuseSwallowedFlags } from './swallowed-flags.ts';
import { addWorldCommand } from './world.ts';

const program = new Command('antipode')
  .description('Global load tests and chaos experiments on k6, with verdicts that state their confidence.')
  .showSuggestionAfterError()
  .exitOverride();
addLoadCommand(program);
addChaosCommand(program);
addHealCommand(program);
addPlanCommand(program);
addWorldCommand(program);
addReportCommand(program);
addDoctorCommand(program);
addSchemasCommand(program);
for (const command of program.commands) command.exitOverride().showSuggestionAfterError();

/** Runs one command. The only place that sets the exit code from an error; codes are those of src/errors.ts. */
async function main(argv: string[]): Promise<number> {
  const name = argv[0] ?? '';
  const flags =
    program.commands.find((command) => command.name() === name)?.options.map((option) => option.flags) ?? [];
  refuseSwallowedFlags(name, flags, process.env);
  await program.parseAsync(argv, { from: 'user' });
  return typeof process.exitCode === 'number' ? process.exitCode : EXIT.pass;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.pass : EXIT.usage;
  } else if (error instanceof AntipodeError) {
    console.error(error.message);
    process.exitCode = error.exitCode;
  } else if ((error as NodeJS.ErrnoException | null)?.code === 'ENOSPC') {
    const { path, message } = error as NodeJS.ErrnoException;
    const next = 'Free some space, or set ANTIPODE_RUNS to a folder on another disk, and run again.';
    console.error(brokenError({ what: 'the disk is full', where: path ?? RUNS_DIR, got: message, next }).message);
    process.exitCode = EXIT.invalid;
  } else {
    // An unexpected error is a bug of Antipode: exit 4, with the stack.
    console.error(error);
    process.exitCode = EXIT.invalid;
  }
}
