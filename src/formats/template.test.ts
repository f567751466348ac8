import { describe, expect, test } from 'vitest';
import { ambiguousPlaceholder, bodyEncoding, encoded, templateParts, variablesIn } from './template.ts';

const shown = (template: string): string =>
  templateParts(template)
    .map((part) => (part.kind === 'text' ? part.text : part.kind === 'variable' ? `<$${part.name}>` : `<${part.name}>`))
    .join('');

test.each([
  ['/products/{key}?tenant={tenant}', '/products/<key>?tenant=<tenant>'],
  ['{"a":{"n":{row}}}', '{"a":{"n":<row>}}'],
  ['{"items":{"{run}.{row}":1}}', '{"items":{"<run>.<row>":1}}'],
  ['{"query":"{me\\{id}}"}', '{"query":"{me{id}}"}'],
  ['{"query":"{me\\{id} settings\\{key}}","n":{key}}', '{"query":"{me{id} settings{key}}","n":<key>}'],
  ['{"path":"C:\\\\{key}"}', '{"path":"C:\\\\<key>"}'],
  ['{"path":"C:\\\\\\{key}"}', '{"path":"C:\\\\{key}"}'],
  ['{"query":"{ me { id name } }"}', '{"query":"{ me { id name } }"}'],
  ['?api_key=${KEY}&n={key}', '?api_key=<$KEY>&n=<key>'],
  ['\\${KEY} $\\{KEY} $${KEY}', '${KEY} ${KEY} $<$KEY>'],
  ['{} {1} { key } {key', '{} {1} { key } {key'],
])('%s is read as %s', (template, parts) => expect(shown(template)).toBe(parts));

test('variables are listed once, without escaped ones', () => {
  expect(variablesIn('${B}${A}${B}\\${C}{key}')).toEqual(['B', 'A']);
});

describe('a placeholder that may be a field of GraphQL', () => {
  test.each([
    ['{"query":"{settings{key}}"}', '{key}'],
    ['{"query":"query Q($n:Int){me{name} settings {row}}"}', '{row}'],
    ['{"query":"{ item(id: 4) {key} }"}', '{key}'],
    ['query { settings\n{run} }', '{run}'],
    ['{"query":"{me{name} ...F{key}}"}', '{key}'],
  ])('is seen in %s', (template, found) => expect(ambiguousPlaceholder(template)).toBe(found));

  test.each([
    '{"a":{"n":{row}}}',
    '{"sku":"item{key}","x":[{row},{key}]}',
    '{"query":"{product(id:{key}){name price}}"}',
    '{"query":"{product(sku:\\"item{key}\\"){name price}}"}',
    '{"query":"{settings\\{key}}","n":{key}}',
    '{"query":"query($id:ID!){item(id:$id){name price}}","variables":{"id":{key}}}',
    '{"items":{"{run}.{row}":1}}',
    'text{key}',
    '/products/{key}',
  ])('is none in %s', (template) => expect(ambiguousPlaceholder(template)).toBeNull());
});

test('a value is encoded for its context', () => {
  const value = 'a b&c"\\\n{key}';
  expect(encoded(value, 'url')).toBe('a%20b%26c%22%5C%0A%7Bkey%7D');
  expect(JSON.parse(`"${encoded(value, 'json')}"`)).toBe(value);
  expect(encoded(value, 'text')).toBe(value);
  expect(['application/vnd.api+json; charset=utf-8', undefined, 'Text/JSON'].map(bodyEncoding)).toEqual(
    Array(3).fill('json'),
  );
  expect(['application/x-www-form-urlencoded', 'text/plain', 'application/jsonl'].map(bodyEncoding)).toEqual([
    'form',
    'text',
    'text',
  ]);
});
