import { totalmem } from 'node:os';

/**
 * The part of the machine's memory that timetable and generator may plan with; world, lanes and harness need the rest.
 */
const PART = 0.6;

/** What timetable and k6's clients may take together on this machine (or in this container), bytes. */
export function generatorMemoryBytes(): number {
  const container = process.constrainedMemory();
  return PART * (container > 0 ? Math.min(container, totalmem()) : totalmem());
}
