import { totalmem } from 'node:os';

/** Share of the machine's memory for timetable and generator; world, lanes and harness need the rest. */
const SHARE = 0.6;

/** Memory that timetable and k6's clients may take together on this machine (or in this container), bytes. */
export function generatorMemoryBytes(): number {
  const container = process.constrainedMemory();
  return SHARE * (container > 0 ? Math.min(container, totalmem()) : totalmem());
}
