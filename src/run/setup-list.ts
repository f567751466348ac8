/** Prints the set-up as a list: a line with its duration for each step, when it is done or fails. */
export class SetupList {
  private readonly write: (line: string) => void;
  private readonly startedMs = performance.now();

  constructor(write: (line: string) => void) {
    this.write = write;
  }

  async step<T>(name: string, work: () => Promise<T>, detail: (value: T) => string = () => ''): Promise<T> {
    const fromMs = performance.now();
    const seconds = (): string => `${((performance.now() - fromMs) / 1000).toFixed(1).padStart(5)} s`;
    try {
      const value = await work();
      this.write(`  ${seconds()}  ${name}${detail(value) ? `  ${detail(value)}` : ''}`);
      return value;
    } catch (error) {
      this.write(`  ${seconds()}  ${name}  failed`);
      throw error;
    }
  }

  done(): void {
    this.write(`  ${((performance.now() - this.startedMs) / 1000).toFixed(1).padStart(5)} s  ready`);
  }
}
