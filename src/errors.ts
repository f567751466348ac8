/** Every exit code of every command, in one place. One outcome, one code; k6's own codes never pass through. */
export const EXIT = {
  /** Every gating claim PASS. */
  pass: 0,
  /** A gating claim FAIL, or a zero-tolerance invariant violated. */
  fail: 1,
  /** Invalid usage or configuration; nothing was sent. */
  usage: 2,
  /** A gating claim INCONCLUSIVE: too little evidence. */
  inconclusive: 3,
  /** The run did not test the claims (INVALID), or the harness itself broke. */
  invalid: 4,
  /** A revert could not be verified: the target may still be impaired. */
  impaired: 5,
  /** A guard stopped the run. */
  aborted: 6,
  /** Interrupted by the user; every fault was undone. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorParts {
  /** What is wrong, in one sentence. */
  what: string;
  /** Where: `file:line:column`, a flag or an address. */
  where?: string;
  got?: string;
  expected?: string;
  /** What to do next: one command or one edit. */
  next?: string;
  cause?: unknown;
}

/** The one error class that users see. Its message reads `where: what: got …, expected …. next`. */
export class AntipodeError extends Error {
  readonly exitCode: ExitCode;
  readonly parts: ErrorParts;

  constructor(exitCode: ExitCode, parts: ErrorParts) {
    const { what, where, got, expected, next, cause } = parts;
    const facts = [got && `got ${got}`, expected && `expected ${expected}`].filter(Boolean).join(', ');
    const sentence = `${what}${facts ? `: ${facts}` : ''}.`.replace(/([.?!])\.$/, '$1');
    super(`${where ? `${where}: ` : ''}${sentence}${next ? ` ${next}` : ''}`, { cause });
    this.name = 'AntipodeError';
    this.exitCode = exitCode;
    this.parts = parts;
  }
}

/** Invalid usage or configuration: exit 2, nothing was sent. */
export const usageError = (parts: ErrorParts): AntipodeError => new AntipodeError(EXIT.usage, parts);

/** The harness or one of its tools broke: exit 4. */
export const brokenError = (parts: ErrorParts): AntipodeError => new AntipodeError(EXIT.invalid, parts);
