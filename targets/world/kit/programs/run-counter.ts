/** How many requests of each run arrived here, by the header every request of a run carries. */
export const RUN_HEADER = 'x-antipode-run';

/** Enough for every run of a day; the oldest is forgotten first, so that a caller cannot fill the memory. */
const MOST_RUNS = 1_000;

export class RunCounter {
  private readonly requests = new Map<string, number>();

  /** Counts a request that has just arrived; one without the header belongs to no run. */
  count(run: string | string[] | undefined): void {
    if (typeof run !== 'string' || run.length > 200) return;
    const seen = this.requests.get(run);
    if (seen === undefined && this.requests.size >= MOST_RUNS) {
      this.requests.delete(this.requests.keys().next().value!);
    }
    this.requests.set(run, (seen ?? 0) + 1);
  }

  toJSON(): { runs: Record<string, number> } {
    return { runs: Object.fromEntries(this.requests) };
  }
}
