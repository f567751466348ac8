import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { captureOutput } from './k6-output.ts';

/** The captured lines of these streams, each written in pieces. */
async function captured(secrets: string[], ...streams: (string | Buffer)[][]): Promise<string> {
  const output = captureOutput(secrets);
  for (const pieces of streams) {
    const stream = new PassThrough();
    output.capture(stream);
    for (const piece of pieces) {
      stream.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    stream.end();
    await new Promise((resolve) => stream.once('end', resolve));
  }
  return output.lastLines();
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
])('a secret is redacted %s', async (_, text) => {
  const kept = await captured([SECRET], [`${text}\n`]);
  expect(kept).toContain('***');
  for (const part of ['p@ss', 'p%40ss', '%22%5C', 'cEBzcyB3']) expect(kept).not.toContain(part);
});

test('a secret in two chunks, with the other stream in between, is redacted', async () => {
  const output = captureOutput(['hunter2-hunter2']);
  const [out, err] = [new PassThrough(), new PassThrough()];
  output.capture(out);
  output.capture(err);
  for (const [stream, piece] of [
    [out, 'Authorization: hunter2-'],
    [err, 'a warning\n'],
    [out, 'hunter2\n'],
  ] as const) {
    stream.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(output.lastLines()).toBe('a warning\nAuthorization: ***');
});

test('so are two that begin alike, and one of several lines', async () => {
  expect(await captured(['abcd', 'abcd-efgh'], ['x abcd-efgh y abcd z\n'])).toBe('x *** y *** z');
  expect(await captured(['first line\nsecond line'], ['got first line\nsecond line\nend'])).toBe('got ***\nend');
  expect(await captured(['first line\nsecond line'], ['lost\n'.repeat(40), 'second line\nend'])).toMatch(
    /\*\*\*\nend$/,
  );
});

test('only the last lines are kept, and no endless line', async () => {
  const many = Array.from({ length: 50 }, (_, i) => `line ${i}\n`);
  expect((await captured([], many)).split('\n')).toEqual(many.slice(-20).map((line) => line.trim()));
  expect(await captured([], ['x'.repeat(100_000)])).toBe('(a line of 100000 characters)');
});
