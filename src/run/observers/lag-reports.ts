/** The replica lag that the target's own dashboard reports during an experiment. */
import type { LagSample } from '../../formats/journal.ts';
import type { Observer } from './observer.ts';

const INTERVAL_MS = 500;
const TIMEOUT_MS = 2_000;

type Replicas = LagSample['replicas'];

/**
 * Polls the world's control, which returns {"replicas": [{"region", "lagMs", "alert"}]}, twice a second. A failed poll
 * leaves a gap.
 */
export const lagReports: Observer = ({ plan, world }) => {
  if (plan.experiment === null || world === null) return null;
  const url = `${world.control.url}/lag`;
  const reports: { atMs: number; replicas: Replicas }[] = [];
  let isPolling = false;
  const poll = async (): Promise<void> => {
    if (isPolling) return;
    isPolling = true;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      const { replicas } = (await response.json()) as { replicas: Replicas };
      reports.push({ atMs: Date.now(), replicas });
    } catch {
      // A gap in the samples.
    } finally {
      isPolling = false;
    }
  };
  const timer = setInterval(() => void poll(), INTERVAL_MS);
  timer.unref();
  return {
    async finish(t0) {
      clearInterval(timer);
      if (t0 === null) return [];
      const samples = reports.flatMap(({ atMs, replicas }) => (atMs < t0 ? [] : [{ sinceT0Ms: atMs - t0, replicas }]));
      return [{ kind: 'lag-reports', samples }];
    },
    stop: () => clearInterval(timer),
  };
};
