import { describe, expect, it } from 'vitest';
import { sessionUser, signSession } from './session-token.ts';

describe('a session token', () => {
  it('carries its user until it expires, whatever the name', () => {
    for (const user of ['ann', '', 'Zoë.7', 'a'.repeat(3_000)]) {
      const token = signSession('secret', user, 1_000);
      expect(token).toMatch(/^[\w.-]+$/);
      expect(sessionUser('secret', token, 999)).toBe(user);
      expect(sessionUser('secret', token, 1_000)).toBe(null);
    }
  });

  it('is unique', () => {
    expect(signSession('secret', 'ann', 1_000)).not.toBe(signSession('secret', 'ann', 1_000));
  });

  it('is invalid with another signature or after any change', () => {
    const token = signSession('secret', 'ann', 1_000);
    expect(sessionUser('other', token, 0)).toBe(null);
    expect(sessionUser('secret', token.replace('.1000.', '.9000.'), 0)).toBe(null);
    expect(sessionUser('secret', `${Buffer.from('bob').toString('base64url')}${token.slice(4)}`, 0)).toBe(null);
    for (const broken of ['', '..', 'a.b', token.slice(0, -1), `${token}.x`]) {
      expect(sessionUser('secret', broken, 0)).toBe(null);
    }
  });
});
