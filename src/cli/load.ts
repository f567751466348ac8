import type { Command } from 'commander';
import { LiveView } from '../../reports/render/index.ts';
import { sealRun } from '../../reports/seal.ts';
import { planSummary } from '../plan/summary.ts';
import { usageError } from '../errors.ts';
import { makeRun } from '../run/load.ts';
import { attachWorld } from '../run/world.ts';
import { newRunId } from '../run/run-directory.ts';
import { judgeAndReport } from './judged.ts';
import { addPlanOptions, planFromFlags } from './plan-flags.ts';
import type { PlanFlags } from './plan-flags.ts';
import { untilInterrupted } from './interrupt.ts';

interface LoadFlags extends PlanFlags {
  world?: string;
  out: string[];
  json?: boolean;
  quiet?: boolean;
}

const collect = (value: string, before: string[]): string[] => [...before, value];

/** `npm run load`: plan, run, judge, report. Exits with the verdict's code. */
export function addLoadCommand(program: Command): void {
  addPlanOptions(program.command('load').description('plan, run, judge and report a load test'))
    .option('--world <world.json>', 'use a world that is up already (npm run world)')
    .option('--out <output>', 'a k6 output to pass through, e.g. experimental-prometheus-rw', collect, [])
    .option('--json', 'print the result as JSON on stdout, progress as JSON lines on stderr')
    .option('--quiet', 'print the verdict only')
    .action(async (flags: LoadFlags) => {
      process.exitCode = await load(flags);
    });
}

async function load(flags: LoadFlags): Promise<number> {
  const say = (line: string): void => {
    if (!flags.quiet) process.stderr.write(`${line}\n`);
  };
  const { world, out, json, quiet, ...planFlags } = flags;
  const attached = world === undefined ? null : await attachWorld(world);
  if (attached?.defect) planFlags.defect ??= attached.defect;
  if (attached && attached.defect !== (planFlags.defect ?? null)) {
    throw usageError({
      where: '--defect',
      what: 'the world that is up has another defect, or none',
      got: planFlags.defect ?? 'none',
      expected: attached.defect ?? 'no --defect',
      next: 'A defect is planted when a world starts: leave --world out, or start one with `npm run world`.',
    });
  }
  const { plan, profile, target } = await planFromFlags('load', planFlags, newRunId);
  const live = new LiveView(plan, {
    isTTY: process.stderr.isTTY,
    write: (text) => process.stderr.write(text),
    quiet: quiet ?? false,
    json: json ?? false,
  });
  say(`Antipode ${plan.runId}`);
  const { dir } = await untilInterrupted((signal) =>
    makeRun({
      plan,
      profile,
      target,
      world: attached,
      out,
      signal,
      report: say,
      onReady: (index, timetable) => {
        for (const line of planSummary(plan, index)) say(line);
        live.begin(index, timetable);
      },
      onRow: (row) => live.row(row),
      onTick: (nowMs) => live.tick(nowMs),
    }),
  );
  live.end();
  await sealRun(dir);
  return (await judgeAndReport(dir, json ?? false)).exitCode;
}
