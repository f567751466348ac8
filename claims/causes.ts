/**
 * Why the bad requests of a cell were bad, where most of them have the same cause: what a FAIL says besides its
 * figures.
 */
import { ERRORS, type ErrorKind, type RecordedRow } from '../src/formats/recording.ts';
import type { Told } from './told.ts';
import { count } from '../src/formats/words.ts';

/** A cause is worth a sentence from this share of the bad requests on. */
const MOST = 0.5;

/** How many bad requests of a cell ended how. */
export class Causes {
  /** Requests that failed, by word 7 of their row: status and error. */
  private readonly failed = new Map<number, number>();
  private unsent = 0;
  private sent = 0;
  private answered = 0;

  /** Takes every request of the cell; `isFailed` as its row says. */
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

  /** Sentences with a leading blank; '' where no cause stands out. */
  inWords(told: Told): string {
    const unsent =
      this.unsent === 0
        ? ''
        : ` ${count(this.answered)} of ${count(this.sent)} sent were answered; ${count(this.unsent)} more were due behind them and could not be sent before the end.`;
    const all = [...this.failed.values()].reduce((a, b) => a + b, 0);
    const [key, n] = [...this.failed].toSorted((a, b) => b[1] - a[1])[0] ?? [0, 0];
    if (n === 0 || n < MOST * all) return unsent;
    const who =
      n === all
        ? n === 1
          ? 'The failed one'
          : `All ${count(n)} failed ones`
        : `${count(n)} of ${count(all)} failed ones`;
    return `${unsent} ${who} ${how(key & 0xffff, ERRORS[key >>> 16] ?? 'other', told)}`;
  }
}

function how(status: number, error: ErrorKind, told: Told): string {
  const text = told.usualText(ERRORS.indexOf(error));
  if (status === 0 || error === 'redirect' || error === 'answer' || error === 'script')
    return `ended with ${error}${text ? ` (${text})` : ''}.`;
  const answered = `were answered ${status}`;
  if (status < 400) return `${answered}; \`expect: [${status}]\`?`;
  if (status !== 403 && status !== 429) return `${answered}.`;
  const said = told.values('retry-after').filter(({ value }) => value !== '');
  const retryAfter = said.length === 0 ? '' : ` Retry-After: ${said[0]!.value}.`;
  return `${answered}.${retryAfter} All load comes from one address, which a rate limit or firewall takes for one client.`;
}
