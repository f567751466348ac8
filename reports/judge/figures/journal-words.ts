/** The journal as sentences, for reports. */
import type { JournalEvent } from '../../../src/formats/journal.ts';
import type { RunResult } from '../../run-result.ts';
import { readingWords } from '../../../claims/measures/fault-instants.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';
import { count, list } from '../../../src/formats/words.ts';

/** The events of a run with faults, in the order they were written. */
export const journalInWords = (journal: Journal): RunResult['journal'] =>
  journal.lines.flatMap(({ ms, event }) => sentences(event).map((text) => ({ ms, text })));

function sentences(event: JournalEvent): string[] {
  switch (event.kind) {
    case 'planned':
      return [`Planned: ${count(event.rows)} requests.`];
    case 'environment-ignored':
      return [`Ignored environment variables: ${event.names.join(', ')}.`];
    case 'world-up':
      return [`World up after ${(event.tookMs / 1000).toFixed(1)} s.`];
    case 'lanes-calibrated':
      return [`${count(event.lanes.length)} lanes calibrated.`];
    case 'generator-started':
      return [`${event.tool} started.`];
    case 't0':
      return ['Start time set.'];
    case 'stop-requested':
      return [`Stop requested (${event.why}): ${event.message}`];
    case 'generator-ended':
      return [`The generator ended${event.exitCode === null ? '' : ` with exit code ${event.exitCode}`}.`];
    case 'state':
      return [`State ${event.state}.`];
    case 'fault-intent':
      return [`Fault ${event.fault} (${event.faultKind}) is about to be injected; its undo is recorded.`];
    case 'fault-started':
      return [`Fault ${event.fault} injected; its control calls took ${Math.round(event.spreadMs)} ms.`];
    case 'fault-bites':
      return [`Fault ${event.fault} ${event.bites ? 'is in effect' : 'is not in effect'}${readings(event.readings)}.`];
    case 'fault-failed':
      return [`Fault ${event.fault} failed: ${event.message}`];
    case 'fault-revert':
      return [`Fault ${event.fault} is being reverted (${event.why}).`];
    case 'fault-gone':
      return [`Fault ${event.fault} ${event.gone ? 'is cleared' : 'is NOT cleared'}${readings(event.readings)}.`];
    case 'fis-preview':
      return [
        `FIS preview of fault ${event.fault} in ${event.region}: ${event.targets.length === 0 ? 'no targets listed' : list(event.targets)}.`,
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
        `Final reads: ${list(event.regions.map(({ region, rows, failure }) => `${region} ${rows ? `has ${count(rows.length)} writes` : notRead(failure)}`))}.`,
      ];
    case 'final-carts':
      return [
        `Final carts: ${list(event.regions.map(({ region, carts, failure }) => `${region} ${carts ? `has ${count(carts.filter(({ rows }) => rows !== null).length)}` : notRead(failure)}`))}.`,
      ];
    case 'ended':
      return [event.cutShort ? 'Ended early.' : 'Ended.'];
    // Figures rather than events: reports show them elsewhere.
    default:
      return [];
  }
}

const notRead = (failure: string | undefined): string =>
  failure === undefined ? 'could not be read' : `could not be read (${failure})`;

function evacuationSentence({ step, ok, tookMs, message }: Extract<JournalEvent, { kind: 'evacuation' }>): string {
  const took = `after ${(tookMs / 1000).toFixed(1)} s`;
  if (step === 'asked') return `Evacuation requested: ${message}.`;
  if (step === 'done')
    return ok ? `The evacuation was accepted ${took}.` : `The evacuation FAILED ${took}: ${message}.`;
  return ok
    ? `The evacuation was reverted; the call took ${(tookMs / 1000).toFixed(1)} s.`
    : `The evacuation was NOT reverted: ${message}.`;
}

const readings = (of: Extract<JournalEvent, { kind: 'fault-bites' }>['readings']): string =>
  of.length === 0 ? '' : `: ${list(of.map((reading) => `${reading.point} ${readingWords(reading)}`))}`;
