import { describe, expect, test } from 'vitest';
import { isSecretName } from './secret-names.ts';
import { holdsSecret, secretInBody, secretInHeader, secretInPath } from './secrets.ts';

// Every token here is made up, and assembled at run time, so that secret scanners do not report it.
const fake = (...parts: string[]): string => parts.join('');
const GITLAB = fake('glpat', '-', 'x'.repeat(20));
const GITHUB = fake('ghp', '_', 'A1'.repeat(18));
const JWT = fake('eyJ', 'hbGciOiJub25lIn0', '.', 'eyJ', 'zdWIiOiJ4In0', '.', 'c2ln');
const STRIPE = fake('sk', '_live_', 'abcdefgh1234');
const AWS = fake('AKIA', 'IOSFODNN7EXAMPLE');

describe('names of secrets', () => {
  test.each(
    `Authorization proxy-authorization Cookie PRIVATE-TOKEN X-Api-Key x-apikey api_key apiKey APIKey APIKEY apikey
     X-Vault-Token token accessToken access_token ACCESS-KEY aws_access_key_id secretAccessKey client_secret clientSecret
     password passWord user[password] userPassword passwd pwd user_pwd passphrase new_password_confirmation password2 pass
     session session_id sessionId SESSIONID JSESSIONID PHPSESSID sid signature X-Amz-Signature X-Amz-Credential sig
     credentials jwt Ocp-Apim-Subscription-Key x-functions-key private_key idToken csrf_token X-Auth X-Auth-Token
     _csrf_token refreshtoken`.split(/\s+/),
  )('%s', (name) => expect(isSecretName(name)).toBe(true));

  test.each(
    `author authority tokenize max_tokens maxTokens tokens page_token nextPageToken pageToken next_token sync_token
     continuation_token key cache_key partition_key Idempotency-Key sort_key public_key keyboard monkey password_hint
     token_type secretary cookies_accepted passenger bypass boarding_pass compass signed assignment session_length
     signature_method sidebar passage secret_santa X-Team X-Tokenizer constructor __proto__ design`.split(/\s+/),
  )('not %s', (name) => expect(isSecretName(name)).toBe(false));
});

describe('a header', () => {
  test.each([
    ['PRIVATE-TOKEN', GITLAB],
    ['authorization', 'x'],
    ['X-Anything', GITLAB],
    ['X-Forwarded-Auth', `Bearer abc`],
    ['X-Upstream', 'https://me:hunter2@db.example.test/'],
    ['X-Credentials', '1234'],
    ['Cookie', 'theme=dark'],
    ['Cookie', 'session=abc123; theme=${THEME}'],
    ['X-Basic', `Basic ${Buffer.from('me:hunter2').toString('base64')}`],
  ])('%s: %s is refused', (name, value) => expect(secretInHeader(name, value)).not.toBeNull());

  test.each([
    ['Authorization', 'Bearer ${TOKEN}'],
    ['Cookie', 'sid=${SID}; theme=dark'],
    ['X-Team', 'checkout'],
    ['X-Plan', 'Basic subscription'],
    ['Content-Type', 'application/vnd.api+json'],
    ['From', 'Load test <load@shop.test>'],
    ['Referer', 'https://shop.example.test/a?page=2'],
    ['X-Upstream', 'https://me:${PW}@db.example.test/'],
    ['Idempotency-Key', 'load-test'],
    ['Authorization', ''],
  ])('%s: %s is not', (name, value) => expect(secretInHeader(name, value)).toBeNull());
});

describe('a path', () => {
  test.each([
    '/items?api_key=abc123',
    '/items?page=1&API_KEY=abc123',
    '/items?a=1;token=abc',
    '/items?api%5Fkey=abc123',
    '/items;jsessionid=abc/more',
    `/items?q=${GITLAB}`,
    `/hooks/${GITHUB}`,
    `/items?q=${encodeURIComponent('https://me:hunter2@db.example.test')}`,
    '/blob?sv=2024&sig=abc%2Bdef',
  ])('%s is refused', (path) => expect(secretInPath(path)).not.toBeNull());

  test.each([
    '/items?api_key=${KEY}',
    '/items?page_token={key}&max_tokens=5',
    '/items?token={key}',
    '/items/{key}?author=ann&tokenize=true',
    '/tokens/{key}',
    '/password/reset',
    '/items?token=',
    '/at/12:30@place',
  ])('%s is not', (path) => expect(secretInPath(path)).toBeNull());
});

describe('a body', () => {
  test.each([
    '{"password":"hunter2"}',
    '{"n":{row},"user":{"PassWord":"hunter2"}}',
    '[{"a":[{"client_secret":"x"}]}]',
    '{"tokens_of":1,"token":["abc"]}',
    '{"pin":{key},"password":123456}',
    '{"fields":[{"name":"password","value":"hunter2"}]}',
    'grant_type=password&password=hunter2',
    'user=a&client%5Fsecret=hunter2',
    '<login><user>a</user><password>hunter2</password></login>',
    "<x:login password='hunter2'/>",
    '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--b--',
    `{"query":"mutation{login(user:\\"a\\",password:\\"hunter2\\"){id}}"}`,
    `{"note":"${STRIPE}"}`,
    `{"note":"Bearer abcdefgh12345678"}`,
    `{"note":"${JWT}"}`,
    `{"id":"${AWS}"}`,
    fake('{"k":"-----BEGIN RSA ', 'PRIVATE KEY-----"}'),
    '{"broken":1,"password":"hunter2",}',
  ])('%s is refused', (body) => expect(secretInBody(body)).not.toBeNull());

  test.each([
    '{"password":"${PW}"}',
    '{"password":"pw-{key}"}',
    '{"password":""}',
    '{"token":null,"session":false}',
    '{"a":{"n":{row}}}',
    '{"items":{"{run}.{row}":1}}',
    '{"user":"user-{key}"}',
    '{"text":"please reset my password: it is lost","max_tokens":5}',
    '{"plan":"Basic subscription of bearers"}',
    'a=1&b={key}',
    '{"grant_type":"password"}',
    '{"author":"ann","tokenize":"yes","page_token":"abc"}',
    '{"query":"{me\\{id}}"}',
    'plain text with a signature: none',
    'username=a&password=${PW}',
  ])('%s is not', (body) => expect(secretInBody(body)).toBeNull());
});

test('a line of invalid YAML is printed only if it contains no secret', () => {
  expect(
    ['Authorization: a: b', '- { path: /a?token=x: y', 'x: Bearer a: b', `a: "${GITLAB}`].map(holdsSecret),
  ).toEqual(Array(4).fill(true));
  expect(['title: a: b', '- { name: list, path: "/a }'].map(holdsSecret)).toEqual([false, false]);
});
