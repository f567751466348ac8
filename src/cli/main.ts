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
  .description('Load tests and chaos from everywhere on earth, with verdicts that say how sure they are.')
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

/** Runs one command; the only place that ends the process, and with the codes of src/errors.ts alone. */
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
    const next = 'Free some space, or set ANTIPODE_RUNS to another disk, and run again.';
    console.error(brokenError({ what: 'the disk is full', where: path ?? RUNS_DIR, got: message, next }).message);
    process.exitCode = EXIT.invalid;
  } else {
    // An error nobody foresaw is a defect of the harness: exit 4, with everything that helps to find it.
    console.error(error);
    process.exitCode = EXIT.invalid;
  }
}
