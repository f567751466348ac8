/** The clock of the endpoint, which can run faster than real time. */

/**
 * Waits are divided by `scale`: at 60, a minute takes a second. Timestamps are real time whatever the scale, as they
 * are compared with what clients saw.
 */
export class Clock {
  readonly scale: number;
  private readonly closing = new AbortController();

  constructor(scale: number) {
    if (!(scale >= 1 && scale <= 10_000)) throw new Error(`the scale must be from 1 to 10000, got ${scale}`);
    this.scale = scale;
  }

  /** Epoch seconds, the format of FIS. */
  now(): number {
    return Date.now() / 1000;
  }

  /** Resolves after `ms` of this clock, earlier if one of the signals aborts or the endpoint closes. */
  async wait(ms: number, ...signals: AbortSignal[]): Promise<void> {
    const signal = AbortSignal.any([this.closing.signal, ...signals]);
    if (signal.aborted || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms / this.scale);
      signal.addEventListener('abort', end);
    });
  }

  /** Ends all current and future waits. */
  close(): void {
    this.closing.abort();
  }
}

/** `PT1M`, `PT90S`, `PT1H30M` in ms; null if it is not such a duration. */
export function durationMs(text: string): number | null {
  const found = /^PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(text);
  if (!found) return null;
  const [, hours = '0', minutes = '0', seconds = '0'] = found;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
