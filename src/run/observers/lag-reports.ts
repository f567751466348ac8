/** What the target's own dashboard says of its replicas while an experiment lasts. */
import type { LagSample } from '../../formats/journal.ts';
import type { Observer } from './observer.ts';

const EVERY_MS = 500;
const PATIENCE_MS = 2_000;

type Replicas = LagSample['replicas'];

/**
 * Asks the world's control, which answers {"replicas": [{"region", "lagMs", "alert"}]}, twice a second. No answer is no
 * sample.
 */
export const lagReports: Observer = ({ plan, world }) => {
  if (plan.experiment === null || world === null) return null;
  const url = `${world.control.url}/lag`;
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
    async finish(t0) {
      clearInterval(timer);
      if (t0 === null) return [];
      const samples = said.flatMap(({ atMs, replicas }) => (atMs < t0 ? [] : [{ sinceT0Ms: atMs - t0, replicas }]));
      return [{ kind: 'lag-reports', samples }];
    },
    stop: () => clearInterval(timer),
  };
};
