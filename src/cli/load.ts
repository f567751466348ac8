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
import { addPlanOptions, checkWayThroughProxies, planFromFlags } from './plan-flags.ts';
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
    .option('--world <world.json>', 'use a world that is up already (npm run world)')
    .option('--out <output>', 'a k6 output to pass through, e.g. experimental-prometheus-rw', collect, [])
    .option('--no-smoke', 'send the load without a request of every operation to every region before it')
    .option('--json', 'print the result as JSON on stdout, progress as JSON lines on stderr')
    .option('--quiet', 'print the verdict only');

/** `npm run load`: plan, run, judge, report. Exits with the verdict's code. */
export function addLoadCommand(program: Command): void {
  addRunOptions(program.command('load').description('plan, run, judge and report a load test')).action(
    async (flags: RunFlags) => {
      process.exitCode = await runAndReport('load', flags);
    },
  );
}

/** Makes one run and judges it; `experiment` names what is broken in it. Returns the exit code. */
export async function runAndReport(command: string, flags: RunFlags, experiment?: string): Promise<number> {
  const say = (line: string): void => {
    if (!flags.quiet) process.stderr.write(`${line}\n`);
  };
  const { world, out, json, quiet, driver: named, showAccounts = false, smoke, ...planFlags } = flags;
  const driver = faultDriver(named, experiment);
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
  if (attached) planFlags.speed ??= attached.routing.speed;
  if (attached && attached.routing.speed !== planFlags.speed) {
    throw usageError({
      where: '--speed',
      what: 'the world that is up has another speed of routing',
      got: `"${planFlags.speed}"`,
      expected: attached.routing.speed,
      next: 'Leave --speed out, or start a world with it.',
    });
  }
  const { plan, profile, target, targetFile } = await planFromFlags(command, planFlags, newRunId, experiment, driver);
  const ways = await checkWayThroughProxies(plan, target, targetFile);
  const live = new LiveView(plan, {
    isTTY: process.stderr.isTTY,
    write: (text) => process.stderr.write(text),
    quiet: quiet ?? false,
    json: json ?? false,
  });
  say(`Antipode ${plan.runId}`);
  for (const line of ways) say(line);
  const { dir } = await untilInterrupted((signal) =>
    makeRun({
      plan,
      profile,
      target,
      placeInTarget: (path) => targetFile.at(path),
      world: attached && { file: attached, path: resolve(world!) },
      showAccounts,
      out,
      // A local world is as its own target file says; what is planted in it is for the run to find.
      smoke: smoke && target.world === null,
      signal,
      report: say,
      onReady: (index, timetable) => {
        for (const line of planSummary(plan, index)) say(line);
        live.begin(index, timetable);
      },
      onRow: (row) => live.row(row),
      onTick: (nowMs) => live.tick(nowMs),
      onFault: (line) => {
        live.note(line);
        // A terminal shows it beside the phase, and would draw over a line of its own.
        if (!process.stderr.isTTY) say(line);
      },
    }),
  );
  live.end();
  await sealRun(dir);
  return (await judgeAndReport(dir, json ?? false)).exitCode;
}
