/** Recognises secrets by their shape, under any name. */

/**
 * Prefixes that issuers chose for secret scanners (GitLab, GitHub, Stripe, AWS, Slack, …), and other known forms.
 */
const SHAPES: [what: string, shape: RegExp][] = [
  ['a GitLab token', /\bgl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat)-[\w-]{6,}/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{10,}|github_pat_\w{10,})/],
  ['a secret key', /\b(?:sk|rk)[-_](?:live|test|prod|proj|ant|svcacct|or|admin)[-_][\w-]{6,}|\bsk-[A-Za-z0-9]{16,}/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/],
  ['a Slack token', /\bxox[abeoprs]-[\w-]{6,}|\bxapp-\d-[\w-]{6,}|hooks\.slack\.com\/services\/\w+\/\w+\/\w+/],
  ['a JSON web token', /\beyJ[\w-]{6,}\.[\w-]{4,}\.[\w-]*/],
  ['a private key', /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/],
  ['a Google API key', /\bAIza[\w-]{30,}|\bya29\.[\w-]{10,}/],
  ['a SendGrid key', /\bSG\.[\w-]{10,}\.[\w-]{10,}/],
  [
    'a token',
    /\b(?:npm_[A-Za-z0-9]{20,}|pypi-AgE[\w-]{20,}|hv[sbr]\.[\w-]{20,}|shp(?:at|ca|pa|ss)_[a-f0-9]{20,}|do[opr]_v1_[a-f0-9]{20,})/,
  ],
  ['a URL with a password', /\b[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:"'{}$]*:[^\s/?#@"'{}$]+@/i],
];

/** A scheme and its credentials, in a header or in a body. */
const BEARER = /\b(?:Bearer|Token)\s+([\w~+/.=-]{16,})/gi;
const BASIC = /\bBasic\s+([A-Za-z0-9+/_-]{6,}={0,2})/gi;

/**
 * The kind of secret found in this text, in words; null for none. URL-encoded text is also checked decoded.
 */
export function secretShape(text: string): string | null {
  for (const each of [text, ...decodedForms(text)]) {
    for (const [what, shape] of SHAPES) if (shape.test(each)) return what;
    for (const [, token] of each.matchAll(BEARER)) if (/\d/.test(token!)) return 'a bearer token';
    for (const [, pair] of each.matchAll(BASIC)) if (isUserAndPassword(pair!)) return 'a user and password';
  }
  return null;
}

function decodedForms(text: string): string[] {
  if (!text.includes('%')) return [];
  try {
    return [decodeURIComponent(text)];
  } catch {
    return [];
  }
}

/** "Basic" is also an ordinary word. Credentials of RFC 7617 contain a colon once decoded. */
const isUserAndPassword = (base64: string): boolean =>
  /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(base64, 'base64').toString('latin1'));
