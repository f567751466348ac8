import encoding from 'k6/encoding';
import { JSON_PREFIX, ROW_BYTES, ROW_PREFIX, ROW_WORDS, packRow } from '../src/formats/recording.ts';
import type { RareEvent, RecordedRow } from '../src/formats/recording.ts';

/** Rows that wait at most for one line. More would save little CPU and lose more when k6 is killed. */
const ROWS_PER_LINE = 64;

/**
 * Packs rows of one client and hands them to k6's console, which the harness has pointed at the recording. Writing
 * through `--out json` costs 75 % more CPU a request; a packed line costs next to nothing (docs/benchmarks.md).
 */
export class Recorder {
  private readonly words = new Uint32Array(ROWS_PER_LINE * ROW_WORDS);
  private pending = 0;

  add(row: RecordedRow): void {
    packRow(this.words, this.pending, row);
    this.pending += 1;
    if (this.pending === ROWS_PER_LINE) this.flush();
  }

  flush(): void {
    if (this.pending === 0) return;
    console.log(ROW_PREFIX + encoding.b64encode(this.words.buffer.slice(0, this.pending * ROW_BYTES)));
    this.pending = 0;
  }

  rare(event: RareEvent): void {
    console.log(JSON_PREFIX + JSON.stringify(event));
  }
}
