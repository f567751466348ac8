/** The journal for people: what happened, in one sentence a line. */
import type { JournalEvent } from '../../../src/formats/journal.ts';
import type { RunResult } from '../../run-result.ts';
import { readingWords } from '../../../claims/measures/fault-instants.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';
import { count, list } from '../../../src/formats/words.ts';

/** Lines that say something about a run with faults, in the order they were written. */
export const journalInWords = (journal: Journal): RunResult['journal'] =>
  journal.lines.flatMap(({ ms, event }) => sentences(event).map((text) => ({ ms, text })));

function sentences(event: JournalEvent): string[] {
  switch (event.kind) {
    case 'planned':
      return [`Planned: ${count(event.rows)} requests.`];
    case 'environment-ignored':
      return [`Ignored in the environment: ${event.names.join(', ')}.`];
    case 'world-up':
      return [`The world is up, after ${(event.tookMs / 1000).toFixed(1)} s.`];
    case 'lanes-calibrated':
      return [`${count(event.lanes.length)} lanes calibrated.`];
    case 'generator-started':
      return [`${event.tool} started.`];
    case 't0':
      return ['T0 chosen.'];
    case 'stop-requested':
      return [`Stop requested (${event.why}): ${event.message}`];
    case 'generator-ended':
      return [`The generator ended${event.exitCode === null ? '' : ` with exit code ${event.exitCode}`}.`];
    case 'state':
      return [`State ${event.state}.`];
    case 'fault-intent':
      return [`Fault ${event.fault} (${event.faultKind}) is about to begin; its undo is written down.`];
    case 'fault-started':
      return [`Fault ${event.fault} started; its control calls took ${Math.round(event.spreadMs)} ms.`];
    case 'fault-bites':
      return [`Fault ${event.fault} ${event.bites ? 'bites' : 'does not bite'}${readings(event.readings)}.`];
    case 'fault-failed':
      return [`Fault ${event.fault} failed: ${event.message}`];
    case 'fault-revert':
      return [`Fault ${event.fault} is being undone (${event.why}).`];
    case 'fault-gone':
      return [`Fault ${event.fault} ${event.gone ? 'is gone' : 'is NOT gone'}${readings(event.readings)}.`];
    case 'fis-preview':
      return [
        `FIS would hit ${event.targets.length === 0 ? 'what it does not list' : list(event.targets)} in ${event.region} for fault ${event.fault}.`,
        ...event.doubts.map((doubt) => `FIS in ${event.region}: ${doubt}.`),
      ];
    case 'fis-ended':
      return event.experiments.map(
        ({ id, region, status, reason }) =>
          `FIS experiment ${id} in ${region}: ${status}${reason ? ` (${reason})` : ''}.`,
      );
    case 'evacuation':
      return [evacuationSentence(event)];
    case 'guard':
      return [`Guard ${event.guard}: ${event.message}`];
    case 'final-reads':
      return [
        `Final reads: ${list(event.regions.map(({ region, rows, failure }) => `${region} ${rows ? `knows ${count(rows.length)} writes` : notAsked(failure)}`))}.`,
      ];
    case 'final-carts':
      return [
        `Final carts: ${list(event.regions.map(({ region, carts, failure }) => `${region} ${carts ? `has ${count(carts.filter(({ rows }) => rows !== null).length)}` : notAsked(failure)}`))}.`,
      ];
    case 'ended':
      return [event.cutShort ? 'Ended before its time.' : 'Ended.'];
    // Figures rather than happenings: reports show them elsewhere.
    default:
      return [];
  }
}

const notAsked = (failure: string | undefined): string =>
  failure === undefined ? 'could not be asked' : `could not be asked (${failure})`;

function evacuationSentence({ step, ok, tookMs, message }: Extract<JournalEvent, { kind: 'evacuation' }>): string {
  const took = `after ${(tookMs / 1000).toFixed(1)} s`;
  if (step === 'asked') return `Evacuation asked for: ${message}.`;
  if (step === 'done') return ok ? `The evacuation answered ${took}.` : `The evacuation FAILED ${took}: ${message}.`;
  return ok ? `The evacuation was taken back ${took}.` : `The evacuation was NOT taken back: ${message}.`;
}

const readings = (of: Extract<JournalEvent, { kind: 'fault-bites' }>['readings']): string =>
  of.length === 0 ? '' : `: ${list(of.map((reading) => `${reading.point} ${readingWords(reading)}`))}`;
