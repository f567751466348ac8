/** Counts the requests of each run, by the header that all its requests carry. */
export const RUN_HEADER = 'x-antipode-run';

/** More than the runs of a day; bounds the memory. The oldest run is dropped first. */
const MAX_RUNS = 1_000;

export class RunCounter {
  private readonly requests = new Map<string, number>();

  /** Counts a request; one without the header belongs to no run. */
  count(run: string | string[] | undefined): void {
    if (typeof run !== 'string' || run.length > 200) return;
    const seen = this.requests.get(run);
    if (seen === undefined && this.requests.size >= MAX_RUNS) {
      this.requests.delete(this.requests.keys().next().value!);
    }
    this.requests.set(run, (seen ?? 0) + 1);
  }

  toJSON(): { runs: Record<string, number> } {
    return { runs: Object.fromEntries(this.requests) };
  }
}
