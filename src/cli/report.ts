/** `npm run report -- <run>`: judges a sealed run again, rewrites its reports, and prints the verdict. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { didYouMean } from '../did-you-mean.ts';
import { EXIT, usageError } from '../errors.ts';
import { RUNS_DIR, listRuns } from '../run/run-directory.ts';
import { judgeAndReport } from './judged.ts';

const MAX_LISTED_RUNS = 5;

interface ReportFlags {
  json?: boolean;
}

/**
 * Exits 0 once the reports are written, whatever the verdict. Exits 2 if the run does not exist or was never sealed.
 */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('judge a sealed run again and rewrite its reports')
    .argument('<run>', 'run id, `latest`, or the path of a run directory')
    .option('--json', 'print the result as JSON')
    .action(async (run: string, { json }: ReportFlags) => {
      await judgeAndReport(await findRun(run), json ?? false);
      process.exitCode = EXIT.pass;
    });
}

/**
 * Directory of a run. Throws a usage error with the newest runs and the nearest name if there is none.
 */
async function findRun(named: string): Promise<string> {
  const runs = (await listRuns()).filter((name) => existsSync(join(RUNS_DIR, name, 'plan.json')));
  const wanted = named === 'latest' ? runs[0] : named;
  const places = wanted === undefined ? [] : [resolve(wanted), join(RUNS_DIR, wanted)];
  const found = places.find((dir) => existsSync(join(dir, 'plan.json')));
  if (found !== undefined) return found;
  const nearest = didYouMean(basename(named), runs);
  throw usageError({
    what: named === 'latest' ? 'no runs yet' : 'unknown run',
    where: RUNS_DIR,
    got: `"${named}"`,
    expected: runs.length === 0 ? 'a run directory' : `a run, such as ${runs.slice(0, MAX_LISTED_RUNS).join(', ')}`,
    next:
      runs.length === 0
        ? 'Run `npm run load -- --profile apac-heavy` first.'
        : `${nearest === undefined ? '' : `Did you mean "${nearest}"? `}For the newest run: \`npm run report -- latest\`.`,
  });
}
