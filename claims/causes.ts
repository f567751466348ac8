/** Why the bad requests of a cell were bad, where most of them share a cause. A FAIL reports it after its figures. */
import { ERRORS, type ErrorKind, type RecordedRow } from '../src/formats/recording.ts';
import type { RecordingNotes } from './recording-notes.ts';
import { count } from '../src/formats/words.ts';

/** A cause is reported from this share of the bad requests on. */
const MIN_CAUSE_SHARE = 0.5;

/** Counts the bad requests of a cell by how they ended. */
export class Causes {
  /** Requests that failed, by word 7 of their row: status and error. */
  private readonly failed = new Map<number, number>();
  private unsent = 0;
  private sent = 0;
  private answered = 0;

  /** Takes every request of the cell. */
  add({ status, error }: RecordedRow, isFailed: boolean): void {
    if (ERRORS[error] === 'not-sent') {
      this.unsent += 1;
      return;
    }
    this.sent += 1;
    if (status > 0) this.answered += 1;
    if (!isFailed) return;
    const key = status + error * 0x10000;
    this.failed.set(key, (this.failed.get(key) ?? 0) + 1);
  }

  /** Sentences with a leading space; '' where no cause stands out. */
  inWords(notes: RecordingNotes): string {
    const unsent =
      this.unsent === 0
        ? ''
        : ` ${count(this.answered)} of ${count(this.sent)} requests sent got a response; ${count(this.unsent)} more were queued behind them and not sent before the run ended.`;
    const all = [...this.failed.values()].reduce((a, b) => a + b, 0);
    const [key, n] = [...this.failed].toSorted((a, b) => b[1] - a[1])[0] ?? [0, 0];
    if (n === 0 || n < MIN_CAUSE_SHARE * all) return unsent;
    const who =
      n === all
        ? n === 1
          ? 'The failed request'
          : `All ${count(n)} failed requests`
        : `${count(n)} of ${count(all)} failed requests`;
    return `${unsent} ${who} ${how(key & 0xffff, ERRORS[key >>> 16] ?? 'other', notes)}`;
  }
}

function how(status: number, error: ErrorKind, notes: RecordingNotes): string {
  const text = notes.usualText(ERRORS.indexOf(error));
  if (status === 0 || error === 'redirect' || error === 'answer' || error === 'script')
    return `ended with ${error}${text ? ` (${text})` : ''}.`;
  const answered = `got status ${status}`;
  if (status < 400) return `${answered}. If that is expected, add it to the operation: \`expect: [${status}]\`.`;
  if (status !== 403 && status !== 429) return `${answered}.`;
  const values = notes.values('retry-after').filter(({ value }) => value !== '');
  const retryAfter = values.length === 0 ? '' : ` Retry-After: ${values[0]!.value}.`;
  return `${answered}.${retryAfter} All load comes from one IP address: a rate limit or firewall may treat it as one client.`;
}
