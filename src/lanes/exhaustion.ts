/**
 * Counts exhausted resources of this machine. A connection that failed for lack of a local port or a file handle is not
 * the target's failure, so a run with one is INVALID.
 */
import type { ExhaustedWhere, GeneratorExhausted } from '../formats/journal.ts';

/** No local port (or address) left; too many open files of the process; of the machine; no socket buffers. */
const ERRNOS = ['EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS'];
/** The journal gets at most one line per errno and place in this time. */
const REPORT_MS = 1000;

/** Whether an error code means that this machine ran out of a resource. */
export const isExhaustion = (errno: string | undefined): errno is string =>
  errno !== undefined && ERRNOS.includes(errno);

export class Exhaustion {
  readonly #report: (of: GeneratorExhausted) => void;
  readonly #counts = new Map<string, GeneratorExhausted>();
  #timer: NodeJS.Timeout | undefined;

  constructor(report: (of: GeneratorExhausted) => void) {
    this.#report = report;
  }

  /** Counts one; the first is reported at once, those that follow together. */
  note(errno: string, where: ExhaustedWhere): void {
    const key = `${errno} ${where}`;
    const known = this.#counts.get(key);
    if (known) known.count++;
    else this.#counts.set(key, { errno, where, count: 1 });
    if (this.#timer !== undefined) return;
    this.flush();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, REPORT_MS).unref();
  }

  /** Reports counts that were not reported yet. */
  flush(): void {
    for (const of of this.#counts.values()) this.#report(of);
    this.#counts.clear();
  }
}
