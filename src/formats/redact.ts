/** Takes secrets out of text by value. Runs in k6 and in Node. */

/** What stands in place of a secret. */
const REDACTED = '***';

/** Shorter values are taken out as they are, and not looked for in other spellings: those would be found everywhere. */
const LEAST_ENCODED = 4;
/** Lines of a value of several lines that are worth hiding when they stand alone. */
const LEAST_LINE = 8;

/**
 * A function that replaces every one of `secrets` by `***`: as it is, URL-encoded (also in the ways of forms and of
 * Go's net/url), escaped as in JSON or a Go string, and in base64 as `base64` gives it (also without padding, and
 * URL-safe).
 */
export function redactor(secrets: readonly string[], base64: (text: string) => string): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret === '') continue;
    for (const form of formsOf(secret, base64)) forms.add(form);
  }
  if (forms.size === 0) return (text) => text;
  // The longest first: of two secrets one may begin with the other. One pass: what was put in is not looked at again.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(literally).join('|'), 'g');
  return (text) => text.replace(pattern, REDACTED);
}

function formsOf(secret: string, base64: (text: string) => string): string[] {
  if (secret.length < LEAST_ENCODED) return [secret];
  const escaped = JSON.stringify(secret).slice(1, -1);
  const encoded = encoded64(base64(secret));
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= LEAST_LINE);
  return [
    secret,
    ...lines,
    ...urlForms(secret),
    escaped,
    htmlSafe(escaped),
    escaped.replace(/\\/g, '\\\\'),
    ...encoded,
  ];
}

function urlForms(secret: string): string[] {
  const strict = encodeURIComponent(secret).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const forms = [encodeURIComponent(secret), strict, encodeURI(secret), pathForm(secret)];
  const asForm = strict.replace(/%20/g, '+');
  return [...forms, asForm].flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())]);
}

/** As Go prints a path: what may stand in a segment stays. */
const pathForm = (secret: string): string =>
  encodeURIComponent(secret).replace(/%(24|26|2B|3A|3D|40)/g, (hex) => decodeURIComponent(hex));

/** Go's encoding/json writes these of HTML as code points. */
const htmlSafe = (escaped: string): string => escaped.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);

function encoded64(padded: string): string[] {
  const bare = padded.replace(/=+$/, '');
  return [bare, bare.replace(/\+/g, '-').replace(/\//g, '_')];
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
