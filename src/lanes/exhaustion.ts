/**
 * Counts what this machine ran out of. A connection that could not be made for want of a local port or a file handle
 * says nothing about the target, so the run that met one is INVALID.
 */
import type { ExhaustedWhere, GeneratorExhausted } from '../formats/journal.ts';

/**
 * No local port (or address) left to dial from; too many open files of the process; of the machine; no socket buffers.
 */
const ERRNOS = ['EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS'];
/** One line of the journal per errno and place in so long. */
const REPORT_MS = 1000;

/** Whether an error code is one of this machine, whoever listens at the other end. */
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

  /** Reports what was counted and not yet reported. */
  flush(): void {
    for (const of of this.#counts.values()) this.#report(of);
    this.#counts.clear();
  }
}
