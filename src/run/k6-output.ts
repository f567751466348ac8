/** The last lines of k6's stdout and stderr, without secrets. */
import { redactor } from '../formats/redact.ts';

/** Lines that are kept for an error message. */
const MAX_LINES = 20;
/** A longer line is omitted: a cut could end within a secret. */
const MAX_LINE_LENGTH = 16 * 1024;

export interface CapturedOutput {
  /** Captures a stream; several may be interleaved. */
  capture(stream: NodeJS.ReadableStream): void;
  lastLines(): string;
  /** Redacts the secrets from any other text. */
  clean(text: string): string;
}

/** Captures k6's output; every one of `secrets` is redacted, in any encoding. */
export function captureOutput(secrets: readonly string[]): CapturedOutput {
  const clean = redactor(secrets, (text) => Buffer.from(text).toString('base64'));
  const lines: string[] = [];
  const open: { line: string }[] = [];
  const keep = (line: string): void => {
    if (line === '') return;
    lines.push(line.length > MAX_LINE_LENGTH ? `(a line of ${line.length} characters)` : line);
    lines.splice(0, lines.length - MAX_LINES);
  };
  return {
    capture(stream) {
      const rest = { line: '' };
      open.push(rest);
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        // Redacted later as a whole: a secret may be split over two chunks.
        const pieces = (rest.line + chunk).split('\n');
        rest.line = pieces.pop()!;
        for (const piece of pieces) keep(piece);
      });
    },
    lastLines() {
      for (const rest of open) {
        keep(rest.line);
        rest.line = '';
      }
      return clean(lines.join('\n'));
    },
    clean,
  };
}
