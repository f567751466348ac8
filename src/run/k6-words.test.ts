import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { keepWords } from './k6-words.ts';

/** What is kept of what is said in these pieces, one stream each. */
async function said(secrets: string[], ...streams: (string | Buffer)[][]): Promise<string> {
  const words = keepWords(secrets);
  for (const pieces of streams) {
    const stream = new PassThrough();
    words.listen(stream);
    for (const piece of pieces) {
      stream.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    stream.end();
    await new Promise((resolve) => stream.once('end', resolve));
  }
  return words.last();
}

const SECRET = 'p@ss w/"\\<1>ü';

test.each([
  ['as it is', `token ${SECRET} refused`],
  ['URL-encoded', `Get "http://a/?key=${encodeURIComponent(SECRET)}": EOF`],
  ['URL-encoded in small letters', `a=${encodeURIComponent(SECRET).replaceAll(/%../g, (hex) => hex.toLowerCase())}&`],
  ['as a form sends it', `a=${new URLSearchParams({ a: SECRET }).toString().slice(2)}&`],
  ['in JSON', `{"password":${JSON.stringify(SECRET)}}`],
  ['in base64', `Basic ${Buffer.from(SECRET).toString('base64')}`],
  ['in base64 for URLs', `sig ${Buffer.from(SECRET).toString('base64url')}`],
])('a secret is taken out %s', async (_, text) => {
  const kept = await said([SECRET], [`${text}\n`]);
  expect(kept).toContain('***');
  for (const part of ['p@ss', 'p%40ss', '%22%5C', 'cEBzcyB3']) expect(kept).not.toContain(part);
});

test('a secret that comes in two chunks, with the other stream in between, is taken out', async () => {
  const words = keepWords(['hunter2-hunter2']);
  const [out, err] = [new PassThrough(), new PassThrough()];
  words.listen(out);
  words.listen(err);
  for (const [stream, piece] of [
    [out, 'Authorization: hunter2-'],
    [err, 'a warning\n'],
    [out, 'hunter2\n'],
  ] as const) {
    stream.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(words.last()).toBe('a warning\nAuthorization: ***');
});

test('so is one of two that begin alike, and one of several lines', async () => {
  expect(await said(['abcd', 'abcd-efgh'], ['x abcd-efgh y abcd z\n'])).toBe('x *** y *** z');
  expect(await said(['first line\nsecond line'], ['got first line\nsecond line\nend'])).toBe('got ***\nend');
  expect(await said(['first line\nsecond line'], ['lost\n'.repeat(40), 'second line\nend'])).toMatch(/\*\*\*\nend$/);
});

test('of much that is said the last lines are kept, and no line without end', async () => {
  const many = Array.from({ length: 50 }, (_, i) => `line ${i}\n`);
  expect((await said([], many)).split('\n')).toEqual(many.slice(-20).map((line) => line.trim()));
  expect(await said([], ['x'.repeat(100_000)])).toBe('(a line of 100000 characters)');
});
