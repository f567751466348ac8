/**
 * Writes run directories without a run: a plan, a timetable, a recording with planted outcomes and a journal, to test
 * the judge and the renderers against known results. Three regions, sixteen cities, the operations and default claims
 * of targets/active-active. Everything is drawn from one seed.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sealRun } from '../../reports/seal.ts';
import { playCarts } from './carts.ts';
import { countPlanned, makeClients, makeTimetable, streamsOf } from './clients.ts';
import { journalText, recordingText } from './files.ts';
import { seeded, type SyntheticOptions, type SyntheticRun } from './options.ts';
import { makePlan } from './plan.ts';
import { play } from './play.ts';

/** Writes a sealed run directory to `dir` and returns its content. */
export async function writeSyntheticRun(dir: string, options: SyntheticOptions = {}): Promise<SyntheticRun> {
  const random = seeded(options.seed ?? 1);
  const plan = makePlan(options);
  const clients = makeClients(plan, options, random);
  const { index, words } = makeTimetable(clients, options.tenantOf);
  countPlanned(plan, clients);
  plan.streams = streamsOf(plan, clients);
  plan.rows = index.totalRows;
  plan.mixRows = clients.filter((c) => c.role === 0).reduce((sum, c) => sum + c.rows.length, 0);
  options.changePlan?.(plan);
  const { lines, rare } = play(plan, clients, index, options, random);
  let rows = lines;
  if (options.changeRows) rows = options.changeRows(rows);
  const carts = options.carts ? playCarts(plan, rows, words, options.carts) : null;

  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'plan.json'), JSON.stringify(plan));
  await writeFile(join(dir, 'timetable.json'), JSON.stringify(index));
  await writeFile(join(dir, 'timetable.bin'), new Uint8Array(words.buffer));
  await writeFile(
    join(dir, 'recording.log'),
    recordingText(rows, index, options.foreign ?? [], [...rare, ...(carts?.events ?? [])]) + (options.tail ?? ''),
  );
  await writeFile(join(dir, 'journal.jsonl'), journalText(plan, rows, options, carts ? [carts.final] : []));
  if (options.seal !== false) await sealRun(dir);
  return { dir, plan, index, rows };
}
