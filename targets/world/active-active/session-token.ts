/**
 * Sessions that can be verified without a store: the token carries the user and its expiry, signed. A session stays
 * valid without Redis, and in every region.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const text = (part: string): string => Buffer.from(part, 'base64url').toString();

const signature = (secret: string, signed: string): Buffer => createHmac('sha256', secret).update(signed).digest();

/** A unique token `<user>.<expiry, epoch seconds>.<nonce>.<signature>`, in characters that a header allows. */
export function signSession(secret: string, user: string, endsAtSeconds: number): string {
  const nonce = randomBytes(9).toString('base64url');
  const signed = `${Buffer.from(user).toString('base64url')}.${endsAtSeconds}.${nonce}`;
  return `${signed}.${signature(secret, signed).toString('base64url')}`;
}

/** The user of a token with a valid signature that has not expired, or null. */
export function sessionUser(secret: string, token: string, nowSeconds: number): string | null {
  const [user, ends, nonce, given, ...more] = token.split('.');
  if (user === undefined || given === undefined || more.length > 0) return null;
  const right = signature(secret, `${user}.${ends}.${nonce}`);
  const bytes = Buffer.from(given, 'base64url');
  if (bytes.length !== right.length || !timingSafeEqual(bytes, right) || Number(ends) <= nowSeconds) return null;
  return text(user);
}
