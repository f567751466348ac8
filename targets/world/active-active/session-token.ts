/**
 * Sessions that need no store to be checked: the token carries the user and its end, signed. Redis knows it too, where
 * there is one; without it a session is still one, in every region.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const text = (part: string): string => Buffer.from(part, 'base64url').toString();

const signature = (secret: string, signed: string): Buffer => createHmac('sha256', secret).update(signed).digest();

/** `<user>.<end, epoch seconds>.<chance>.<signature>`, in letters that a header takes; no two are the same. */
export function signSession(secret: string, user: string, endsAtSeconds: number): string {
  const chance = randomBytes(9).toString('base64url');
  const signed = `${Buffer.from(user).toString('base64url')}.${endsAtSeconds}.${chance}`;
  return `${signed}.${signature(secret, signed).toString('base64url')}`;
}

/** The user of a token that we signed and that has not ended, or null. */
export function sessionUser(secret: string, token: string, nowSeconds: number): string | null {
  const [user, ends, chance, given, ...more] = token.split('.');
  if (user === undefined || given === undefined || more.length > 0) return null;
  const right = signature(secret, `${user}.${ends}.${chance}`);
  const bytes = Buffer.from(given, 'base64url');
  if (bytes.length !== right.length || !timingSafeEqual(bytes, right) || Number(ends) <= nowSeconds) return null;
  return text(user);
}
