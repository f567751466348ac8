/** Whether a database can be reached: down after a few failures in a row, up again once a probe succeeds. */
import { repeat } from '../kit/health-check.ts';

/** Failures in a row after which requests no longer wait for it. */
const FAILURES = 2;
const PROBE_EVERY_MS = 250;

/** The database is known to be down; nothing was sent to it. */
export class Unavailable extends Error {}

export class Breaker {
  isDown = false;
  private readonly name: string;
  private readonly probe: () => Promise<unknown>;
  private failures = 0;

  constructor(name: string, probe: () => Promise<unknown>) {
    this.name = name;
    this.probe = probe;
  }

  /** Runs a query; throws `Unavailable` at once while the database is down. */
  async run<T>(query: () => Promise<T>): Promise<T> {
    if (this.isDown) throw new Unavailable(`${this.name} is unavailable`);
    try {
      const result = await query();
      this.failures = 0;
      return result;
    } catch (error) {
      if (isOfStatement(error)) throw error;
      this.failures += 1;
      if (this.failures >= FAILURES && !this.isDown) this.open();
      throw new Unavailable(`${this.name} is unavailable: ${(error as Error).message}`);
    }
  }

  private open(): void {
    this.isDown = true;
    const probing = repeat(PROBE_EVERY_MS, async () => {
      await this.probe();
      probing.stop();
      this.isDown = false;
      this.failures = 0;
    });
  }
}

/** An error of PostgreSQL on one statement, such as a value out of range: the server itself works. */
const isOfStatement = (error: unknown): boolean => /^(22|23|42)/.test((error as { code?: string }).code ?? '');
