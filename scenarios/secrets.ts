/** Secrets inside k6: filled in from its environment, and taken out of whatever is written down. */
import encoding from 'k6/encoding';
import { SECRET_PREFIX } from '../src/formats/player.ts';
import { redactor } from '../src/formats/redact.ts';

const values = new Set<string>();
let clean: ((text: string) => string) | null = null;

/** The value of an environment variable that the target names; from now on nothing that is recorded repeats it. */
export function secretOf(name: string): string {
  const value = __ENV[SECRET_PREFIX + name] ?? '';
  if (!values.has(value)) {
    values.add(value);
    clean = null;
  }
  return value;
}

/** A text as it may be written down. Made for what is rare: it looks for every secret in every spelling. */
export function withoutSecrets(text: string): string {
  clean ??= redactor([...values], (secret) => encoding.b64encode(secret));
  return clean(text);
}
