/** Secrets inside k6: read from its environment, and redacted from everything that is recorded. */
import encoding from 'k6/encoding';
import { SECRET_PREFIX } from '../src/formats/player.ts';
import { redactor } from '../src/formats/redact.ts';

const values = new Set<string>();
let clean: ((text: string) => string) | null = null;

/** The value of an environment variable that the target names; from now on it is redacted. */
export function secretOf(name: string): string {
  const value = __ENV[SECRET_PREFIX + name] ?? '';
  if (!values.has(value)) {
    values.add(value);
    clean = null;
  }
  return value;
}

/** A text without secrets. Slow, because it searches for every secret in every encoding: for rare texts only. */
export function withoutSecrets(text: string): string {
  clean ??= redactor([...values], (secret) => encoding.b64encode(secret));
  return clean(text);
}
