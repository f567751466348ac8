import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { addressesOf, canonicalAddress, isOfThisMachine } from './machine.ts';

it.each([
  ['127.0.0.1', '127.0.0.1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['2001:DB8::00a', '2001:db8::a'],
  ['fe80::1%eth0', 'fe80::1'],
  ['own-toxiproxy', 'own-toxiproxy'],
])('the address %s is spelled %s', (given, spelled) => expect(canonicalAddress(given)).toBe(spelled));

it('resolves a name to its addresses, and an unknown one to none', async () => {
  expect(await addressesOf('::FFFF:10.0.0.1')).toEqual(['10.0.0.1']);
  expect(await addressesOf('localhost')).toEqual([expect.stringMatching(/^(127\.0\.0\.1|::1)$/)]);
  expect(await addressesOf('no-such-host.invalid')).toEqual([]);
});

it('knows the addresses of this machine from others', () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  for (const { address } of own) expect(isOfThisMachine(canonicalAddress(address))).toBe(true);
  expect(isOfThisMachine('127.9.9.9')).toBe(true);
  expect(isOfThisMachine('192.0.2.1')).toBe(false);
});
