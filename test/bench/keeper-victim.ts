/**
 * A stand-in for the harness that gets killed: starts a keeper, registers a fault with it, injects the fault, prints
 * that, and waits. `node --import tsx test/bench/keeper-victim.ts <undo as JSON> <keeper.jsonl>`
 */
import { startKeeper } from '../../chaos/keeper.ts';
import { startAll } from '../../chaos/undo.ts';
import type { Undo } from '../../src/formats/faults.ts';

const undo = JSON.parse(process.argv[2]!) as Undo[];
const keeper = await startKeeper(process.argv[3]!);
await keeper.hold(1, undo, 60_000);
await startAll(undo, new AbortController().signal);
console.log('injected');
setInterval(() => {}, 60_000);
