const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that aborts on Ctrl-C, SIGTERM and SIGHUP. The process goes on until `work` has put
 * everything in order; a second Ctrl-C only says so.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    process.stderr.write(
      controller.signal.aborted
        ? 'Still stopping; nothing is lost.\n'
        : `\n${signal}: stopping, keeping what is recorded.\n`,
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
