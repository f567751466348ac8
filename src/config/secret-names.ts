/** Recognises names of headers, query parameters and body fields that hold secrets. */

/**
 * Names that are one of these, or end in one (`x_api_key`, `userPassword`, `X-Vault-Token`).
 */
const LAST_WORDS = new Set([
  'apikey',
  'authorization',
  'cookie',
  'credential',
  'credentials',
  'jsessionid',
  'jwt',
  'passphrase',
  'passwd',
  'password',
  'phpsessid',
  'pwd',
  'secret',
  'sessionid',
  'sig',
  'signature',
  'token',
]);

/**
 * Only as the whole name: with another word they usually mean something else (`boarding_pass`, `user_session`).
 */
const WHOLE = new Set(['auth', 'xauth', 'pass', 'session', 'xsession', 'sid', 'jsession']);

/** The last two words; `key` and `id` alone are too common. */
const LAST_PAIRS =
  /(?:^|_)(?:access|account|admin|api|app|application|auth|client|encryption|functions|host|license|master|private|secret|service|shared|signing|ssh|storage|subscription|webhook)_key$|(?:^|_)session_id$|(?:^|_)(?:access_key|secret)_id$|(?:^|_)ws_session$/;

/** Names without separators. */
const RUN_TOGETHER =
  /(?:password|passwd|passphrase|api_?key|access_?key(?:id)?|secret_?key|private_?key|auth_?key|client_?secret|(?:access|auth|api|bearer|csrf|xsrf|id|private|refresh|security|session)token|sessionkey)$/;

/** Tokens of pagination and synchronisation. */
const CURSORS =
  /(?:^|_)(?:change|continuation|cursor|delta|last|list|next|offset|page|pages|paging|pagination|prev|previous|resume|scroll|skip|start|sync|watermark)_?token$/;

/** Suffixes after which the name still means the secret. */
const REPEATED = /(?:_(?:again|confirm|confirmation|current|new|old|repeat|repeated|value|verify))+$/;

/** `accessToken`, `PRIVATE-TOKEN` and `user[api_key]` as snake_case. */
const inWords = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/\d+(?=_|$)/g, '')
    .replace(/^_+|_+$/g, '');

/**
 * Whether a value under this name is a secret: `Authorization`, `api_key`, `clientSecret`, `X-Vault-Token`. Not names
 * that only contain such a word (`tokenize`, `max_tokens`, `author`, `password_hint`), and not pagination cursors
 * (`page_token`).
 */
export function isSecretName(name: string): boolean {
  const words = inWords(name).replace(REPEATED, '');
  if (CURSORS.test(words)) return false;
  const whole = words.replaceAll('_', '');
  if (WHOLE.has(whole) || LAST_WORDS.has(whole)) return true;
  const last = words.slice(words.lastIndexOf('_') + 1);
  return LAST_WORDS.has(last) || LAST_PAIRS.test(words) || RUN_TOGETHER.test(words);
}
