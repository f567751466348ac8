/** The last of what k6 says on stdout and stderr, whole lines, without secrets. */
import { redactor } from '../formats/redact.ts';

/** Lines that are kept for an error message. */
const KEPT_LINES = 20;
/** A longer line is not repeated: cut, it could end within a secret. */
const LONGEST_LINE = 16 * 1024;

export interface Words {
  /** A stream of its own: what comes on another does not break its lines. */
  listen(stream: NodeJS.ReadableStream): void;
  last(): string;
  /** Takes the secrets out of any other text. */
  clean(text: string): string;
}

/** Keeps what k6 says; every one of `secrets` is taken out of it, in whatever encoding. */
export function keepWords(secrets: readonly string[]): Words {
  const clean = redactor(secrets, (text) => Buffer.from(text).toString('base64'));
  const lines: string[] = [];
  const open: { line: string }[] = [];
  const keep = (line: string): void => {
    if (line === '') return;
    lines.push(line.length > LONGEST_LINE ? `(a line of ${line.length} characters)` : line);
    lines.splice(0, lines.length - KEPT_LINES);
  };
  return {
    listen(stream) {
      const rest = { line: '' };
      open.push(rest);
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        // Redacted as a whole when asked for: a secret may come in two chunks.
        const pieces = (rest.line + chunk).split('\n');
        rest.line = pieces.pop()!;
        for (const piece of pieces) keep(piece);
      });
    },
    last() {
      for (const rest of open) {
        keep(rest.line);
        rest.line = '';
      }
      return clean(lines.join('\n'));
    },
    clean,
  };
}
