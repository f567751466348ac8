/** Reads the recording once for all counters, and a second time for those that need all writes first. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Measures } from '../../claims/measures/collect.ts';
import { faultInstants } from '../../claims/measures/fault-instants.ts';
import { RecordNames } from '../../claims/measures/versions.ts';
import { RequestCounts } from '../../claims/requests.ts';
import { RecordingNotes } from '../../claims/recording-notes.ts';
import { clientOfRow } from '../../src/formats/client-of-row.ts';
import type { RareEvent } from '../../src/formats/recording.ts';
import { Origins } from './figures/origins.ts';
import { Series } from './figures/series.ts';
import { Split } from './figures/split.ts';
import { WorstRequests } from './figures/worst.ts';
import { type RecordingFacts, readRecording } from './rows/recording-reader.ts';
import { RowContext } from './rows/row-context.ts';
import type { RunFiles } from './rows/run-files.ts';
import { RegionResponses } from './validity/region-responses.ts';
import { ConservationCount } from './validity/conservation.ts';
import { Exhaustion } from './validity/exhaustion.ts';
import { ClientImpact } from './validity/client-impact.ts';
import { Lag } from './validity/lag.ts';

/** All counters, and facts about the recording itself. */
export interface Counted {
  recording: RecordingFacts;
  requests: RequestCounts;
  worst: WorstRequests;
  notes: RecordingNotes;
  measures: Measures;
  /** For the checks of the run itself. */
  conservation: ConservationCount;
  responses: RegionResponses;
  lag: Lag;
  exhaustion: Exhaustion;
  impact: ClientImpact;
  /** For display. */
  series: Series;
  origins: Origins;
  split: Split;
}

export async function countRows(files: RunFiles): Promise<Counted> {
  const { plan, journal } = files;
  const instants = faultInstants(plan, journal);
  const worst = new WorstRequests(plan);
  const counted: Omit<Counted, 'recording'> = {
    requests: new RequestCounts(plan, (cell, score, c) => worst.offer(cell, score, c)),
    worst,
    notes: new RecordingNotes(plan, clientOfRow(files.index)),
    measures: new Measures({ plan, instants, records: new RecordNames(plan) }),
    conservation: new ConservationCount(files),
    responses: new RegionResponses(plan),
    lag: new Lag(files),
    exhaustion: new Exhaustion(plan),
    impact: new ClientImpact(plan, instants),
    series: new Series(plan),
    origins: new Origins(plan),
    split: new Split(plan),
  };
  const { requests, notes, measures, conservation, responses, lag, exhaustion, impact, series, origins, split } =
    counted;
  const everyAttempt = [conservation, responses, lag, exhaustion, notes, impact, measures];
  // A request counts once, by the outcome of its first attempt: attempts are not independent evidence, and a retry does
  // not improve a service level (docs/decisions/0014). The failover clock joins attempts itself.
  const firstAttempts = [requests, series, origins, split];
  const recording = await eachRow(
    files,
    (c) => {
      for (const one of everyAttempt) one.add(c);
      if (c.row.attempt === 0) for (const one of firstAttempts) one.add(c);
    },
    () => conservation.addUnknown(),
    (event) => {
      notes.note(event);
      measures.note(event);
    },
  );
  // Rows of different clients are in the order of their flushes, so a read may come before an earlier write.
  const again = [...measures.again(), ...(requests.needsHistory ? [requests.withHistory(measures.history())] : [])];
  if (again.length > 0) await eachRow(files, (c) => again.forEach((look) => look(c)));
  return { recording, ...counted };
}

/** Calls `onRow` for every row of the recording, with one context that is reused for each. */
async function eachRow(
  files: RunFiles,
  onRow: (c: RowContext) => void,
  onUnknown: () => void = () => {},
  onRare: (event: RareEvent) => void = () => {},
): Promise<RecordingFacts> {
  const path = join(files.dir, 'recording.log');
  if (!existsSync(path)) return { rows: 0, foreignLines: 0, malformedLines: 0, malformed: [], tornBytes: 0 };
  const context = new RowContext(files);
  const onEvent = (event: RareEvent): void => {
    context.versions.note(event);
    onRare(event);
  };
  const onRows = (words: Uint32Array, rows: number): void => {
    for (let at = 0; at < rows; at++) {
      if (context.read(words, at)) onRow(context);
      else onUnknown();
    }
  };
  return readRecording(path, onRows, onEvent);
}
