/** The keeper process: `node --import tsx chaos/keeper-main.ts <keeper.jsonl>`, orders on stdin (keeper.ts). */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Undo } from '../src/formats/faults.ts';
import type { KeeperOrder, KeeperReply, SweptLine } from './keeper.ts';
import { stopAll } from './undo.ts';

/** Retries while a target is unreachable. */
const RETRY_MS = 500;
const RETRY_FOR_MS = 60_000;

const file = process.argv[2]!;
const held = new Map<number, { undo: Undo[]; timer: NodeJS.Timeout }>();

const send = (reply: KeeperReply): void => void process.stdout.write(`${JSON.stringify(reply)}\n`);
process.stdout.on('error', () => {}); // the harness has ended

/** Synced to disk: `heal` and the next command rely on it. */
function note(line: SweptLine): void {
  try {
    const fd = openSync(file, 'a');
    writeSync(fd, `${JSON.stringify(line)}\n`);
    fsyncSync(fd);
    closeSync(fd);
  } catch {
    // A full or vanished disk must not keep a fault alive.
  }
}

async function sweep(fault: number, why: SweptLine['why']): Promise<void> {
  const open = held.get(fault);
  if (!open) return;
  held.delete(fault);
  clearTimeout(open.timer);
  let failed: string[] = [];
  for (const untilMs = Date.now() + RETRY_FOR_MS; ;) {
    failed = await stopAll(open.undo).then(
      () => [],
      (error: Error) => [error.message],
    );
    if (failed.length === 0 || Date.now() > untilMs) break;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  const state = failed.length === 0 ? 'SWEPT' : 'SWEEP-FAILED';
  note({ at: new Date().toISOString(), state, fault, why, failed });
}

let leaving = false;
async function leave(why: SweptLine['why']): Promise<void> {
  if (leaving) return;
  leaving = true;
  await Promise.all([...held.keys()].map((fault) => sweep(fault, why)));
  process.exit(0);
}

process.on('SIGTERM', () => void leave('signal'));
process.on('SIGINT', () => void leave('signal'));
process.on('SIGHUP', () => {});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line) as KeeperOrder;
    if (order.kind === 'hold') {
      clearTimeout(held.get(order.fault)?.timer);
      const timer = setTimeout(() => void sweep(order.fault, 'ttl'), order.ttlMs);
      held.set(order.fault, { undo: order.undo, timer });
      send({ kind: 'held', fault: order.fault });
      return;
    }
    clearTimeout(held.get(order.fault)?.timer);
    held.delete(order.fault);
    send({ kind: 'released', fault: order.fault });
  })
  .on('close', () => void leave('driver-death'));
send({ kind: 'ready' });
