/** Redacts secrets from text by value. Runs in k6 and in Node. */

const REDACTED = '***';

/** Shorter values are redacted only verbatim, because their encodings would match everywhere. */
const MIN_ENCODED = 4;
/** Lines of a multi-line value from this length on are also redacted by themselves. */
const MIN_LINE = 8;

/**
 * A function that replaces every one of `secrets` by `***`: verbatim, URL-encoded (also as in forms and Go's net/url),
 * escaped as in JSON or a Go string, and in base64 as `base64` encodes it (also without padding, and URL-safe).
 */
export function redactor(secrets: readonly string[], base64: (text: string) => string): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret === '') continue;
    for (const form of formsOf(secret, base64)) forms.add(form);
  }
  if (forms.size === 0) return (text) => text;
  // The longest first, because one secret may begin with another. One pass, so that replacements are not searched.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(literally).join('|'), 'g');
  return (text) => text.replace(pattern, REDACTED);
}

function formsOf(secret: string, base64: (text: string) => string): string[] {
  if (secret.length < MIN_ENCODED) return [secret];
  const escaped = JSON.stringify(secret).slice(1, -1);
  const encoded = encoded64(base64(secret));
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= MIN_LINE);
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

/** As Go prints a path: characters that are allowed in a segment are not encoded. */
const pathForm = (secret: string): string =>
  encodeURIComponent(secret).replace(/%(24|26|2B|3A|3D|40)/g, (hex) => decodeURIComponent(hex));

/** Go's encoding/json escapes these characters of HTML as code points. */
const htmlSafe = (escaped: string): string => escaped.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);

function encoded64(padded: string): string[] {
  const bare = padded.replace(/=+$/, '');
  return [bare, bare.replace(/\+/g, '-').replace(/\//g, '_')];
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
