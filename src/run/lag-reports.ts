/** What the target's own dashboard says of its replicas while a run lasts. */
import type { LagSample } from '../formats/journal.ts';

const EVERY_MS = 500;
const PATIENCE_MS = 2_000;

type Replicas = LagSample['replicas'];

export interface LagReports {
  /** What was said since then, epoch ms; ends the watching. */
  finish(t0: number): LagSample[];
}

/** Asks `url`, which answers {"replicas": [{"region", "lagMs", "alert"}]}, twice a second. No answer is no sample. */
export function watchLagReports(url: string): LagReports {
  const said: { atMs: number; replicas: Replicas }[] = [];
  let isAsking = false;
  const ask = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const { replicas } = (await response.json()) as { replicas: Replicas };
      said.push({ atMs: Date.now(), replicas });
    } catch {
      // It shows as a gap.
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(() => void ask(), EVERY_MS);
  timer.unref();
  return {
    finish(t0) {
      clearInterval(timer);
      return said.flatMap(({ atMs, replicas }) => (atMs < t0 ? [] : [{ sinceT0Ms: atMs - t0, replicas }]));
    },
  };
}
