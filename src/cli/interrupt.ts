const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that aborts on SIGINT (Ctrl-C), SIGTERM and SIGHUP. The process ends when `work` has
 * cleaned up; a second Ctrl-C only prints that it is still stopping.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    process.stderr.write(
      controller.signal.aborted
        ? 'Still stopping; no data is lost.\n'
        : `\n${signal}: stopping; recorded requests are kept.\n`,
    );
    controller.abort(signal);
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
