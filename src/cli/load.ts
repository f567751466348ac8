import { resolve } from 'node:path';
import type { Command } from 'commander';
import { LiveView } from '../../reports/render/index.ts';
import { sealRun } from '../../reports/seal.ts';
import { planSummary } from '../plan/summary.ts';
import { usageError } from '../errors.ts';
import { makeRun } from '../run/load.ts';
import { attachWorld } from '../run/world.ts';
import { newRunId } from '../run/run-directory.ts';
import { judgeAndReport } from './judged.ts';
import { faultDriver } from './plan-fis.ts';
import { addPlanOptions, checkIngressProxies, planFromFlags } from './plan-flags.ts';
import type { PlanFlags } from './plan-flags.ts';
import { untilInterrupted } from './interrupt.ts';

export interface RunFlags extends PlanFlags {
  world?: string;
  out: string[];
  json?: boolean;
  quiet?: boolean;
  driver?: string;
  showAccounts?: boolean;
  smoke: boolean;
}

const collect = (value: string, before: string[]): string[] => [...before, value];

/** Flags of every command that makes a run. */
export const addRunOptions = (command: Command): Command =>
  addPlanOptions(command)
    .option('--world <world.json>', 'use a running world (npm run world)')
    .option('--out <output>', 'k6 output, such as experimental-prometheus-rw; can be repeated', collect, [])
    .option('--no-smoke', 'skip the smoke test (one request of every operation to every region before the load)')
    .option('--json', 'print the result as JSON on stdout, progress as JSON lines on stderr')
    .option('--quiet', 'print only the verdict');

/** `npm run load`: plan, run, judge, report. Exits with the verdict's code. */
export function addLoadCommand(program: Command): void {
  addRunOptions(program.command('load').description('plan, run, judge and report a load test')).action(
    async (flags: RunFlags) => {
      process.exitCode = await runAndReport('load', flags);
    },
  );
}

/** Makes one run and judges it, with the faults of `experiment` if given. Returns the exit code. */
export async function runAndReport(command: string, flags: RunFlags, experiment?: string): Promise<number> {
  const log = (line: string): void => {
    if (!flags.quiet) process.stderr.write(`${line}\n`);
  };
  const { world, out, json, quiet, driver: named, showAccounts = false, smoke, ...planFlags } = flags;
  const driver = faultDriver(named, experiment);
  const attached = world === undefined ? null : await attachWorld(world);
  if (attached?.defect) planFlags.defect ??= attached.defect;
  if (attached && attached.defect !== (planFlags.defect ?? null)) {
    throw usageError({
      where: '--defect',
      what: 'the running world has a different defect',
      got: planFlags.defect ?? 'none',
      expected: attached.defect ?? 'no --defect',
      next: 'A defect is planted when a world starts: remove --world, or start a world with this defect.',
    });
  }
  if (attached) planFlags.speed ??= attached.routing.speed;
  if (attached && attached.routing.speed !== planFlags.speed) {
    throw usageError({
      where: '--speed',
      what: 'the running world has a different routing speed',
      got: `"${planFlags.speed}"`,
      expected: attached.routing.speed,
      next: 'Remove --speed, or start a world with it.',
    });
  }
  const { plan, profile, target, targetFile } = await planFromFlags(command, planFlags, newRunId, experiment, driver);
  const ingressLines = await checkIngressProxies(plan, target, targetFile);
  const live = new LiveView(plan, {
    isTTY: process.stderr.isTTY,
    write: (text) => process.stderr.write(text),
    quiet: quiet ?? false,
    json: json ?? false,
  });
  log(`Antipode ${plan.runId}`);
  for (const line of ingressLines) log(line);
  const { dir } = await untilInterrupted((signal) =>
    makeRun({
      plan,
      profile,
      target,
      placeInTarget: (path) => targetFile.at(path),
      world: attached && { file: attached, path: resolve(world!) },
      showAccounts,
      out,
      // A local world matches its target file; a planted defect is for the run to find.
      smoke: smoke && target.world === null,
      signal,
      report: log,
      onReady: (index, timetable) => {
        for (const line of planSummary(plan, index)) log(line);
        live.begin(index, timetable);
      },
      onRow: (row) => live.row(row),
      onTick: (nowMs) => live.tick(nowMs),
      onFault: (line) => {
        live.note(line);
        // On a terminal the live view shows it, and would overwrite a line.
        if (!process.stderr.isTTY) log(line);
      },
    }),
  );
  live.end();
  await sealRun(dir);
  return (await judgeAndReport(dir, json ?? false)).exitCode;
}
