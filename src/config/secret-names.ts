/** Which names of headers, query parameters and fields of a body are those of secrets. */

/**
 * A name that is one of these, or a word of several that ends in one (`x_api_key`, `userPassword`, `X-Vault-Token`).
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
 * Only when they are the whole name: with another word they are mostly something else (`boarding_pass`,
 * `user_session`).
 */
const WHOLE = new Set(['auth', 'xauth', 'pass', 'session', 'xsession', 'sid', 'jsession']);

/** Two words at the end; `key` and `id` alone say nothing. */
const LAST_PAIRS =
  /(?:^|_)(?:access|account|admin|api|app|application|auth|client|encryption|functions|host|license|master|private|secret|service|shared|signing|ssh|storage|subscription|webhook)_key$|(?:^|_)session_id$|(?:^|_)(?:access_key|secret)_id$|(?:^|_)ws_session$/;

/** Without separators words run together. */
const RUN_TOGETHER =
  /(?:password|passwd|passphrase|api_?key|access_?key(?:id)?|secret_?key|private_?key|auth_?key|client_?secret|(?:access|auth|api|bearer|csrf|xsrf|id|private|refresh|security|session)token|sessionkey)$/;

/** Tokens that say where a list goes on, or what was seen last. */
const CURSORS =
  /(?:^|_)(?:change|continuation|cursor|delta|last|list|next|offset|page|pages|paging|pagination|prev|previous|resume|scroll|skip|start|sync|watermark)_?token$/;

/** What may stand behind a secret's name without making it another thing. */
const REPEATED = /(?:_(?:again|confirm|confirmation|current|new|old|repeat|repeated|value|verify))+$/;

/** `accessToken`, `PRIVATE-TOKEN` and `user[api_key]` are all words with underscores in between. */
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
 * that only hold such a word (`tokenize`, `max_tokens`, `author`, `password_hint`), and not cursors of lists
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
