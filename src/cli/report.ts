/** `npm run report -- <run>`: judges a sealed run again, writes its reports anew, prints the verdict. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { didYouMean } from '../did-you-mean.ts';
import { EXIT, usageError } from '../errors.ts';
import { RUNS_DIR, listRuns } from '../run/run-directory.ts';
import { judgeAndReport } from './judged.ts';

const NAMED_RUNS = 5;

interface ReportFlags {
  json?: boolean;
}

/**
 * Exits 0 when the reports were written, whatever the verdict: `load` is the gate, `report` draws. Exits 2 for a run
 * that does not exist or was never sealed.
 */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('judge a sealed run again and redraw its reports')
    .argument('<run>', 'run id, `latest`, or the path of a run directory')
    .option('--json', 'print the result as JSON')
    .action(async (run: string, { json }: ReportFlags) => {
      await judgeAndReport(await findRun(run), json ?? false);
      process.exitCode = EXIT.pass;
    });
}

/**
 * Directory of the run that was named; a usage error that lists the newest runs, and the most alike, if there is none.
 */
async function findRun(named: string): Promise<string> {
  const runs = (await listRuns()).filter((name) => existsSync(join(RUNS_DIR, name, 'plan.json')));
  const wanted = named === 'latest' ? runs[0] : named;
  const places = wanted === undefined ? [] : [resolve(wanted), join(RUNS_DIR, wanted)];
  const found = places.find((dir) => existsSync(join(dir, 'plan.json')));
  if (found !== undefined) return found;
  const alike = didYouMean(basename(named), runs);
  throw usageError({
    what: named === 'latest' ? 'there is no run yet' : 'no such run',
    where: RUNS_DIR,
    got: `"${named}"`,
    expected: runs.length === 0 ? 'a run directory' : `one of the newest: ${runs.slice(0, NAMED_RUNS).join(', ')}`,
    next:
      runs.length === 0
        ? 'Make one: npm run load -- --profile apac-heavy'
        : `${alike === undefined ? '' : `Did you mean "${alike}"? `}The newest: npm run report -- latest`,
  });
}
