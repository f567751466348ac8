/**
 * Signature version 4, its form: who signed is anybody, but a client that signs for another service, another day or not
 * at all would be refused by AWS, and so it is here. The scope says which region is meant.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { FisError } from './errors.ts';

const FORM =
  /^AWS4-HMAC-SHA256 +Credential=([\w-]{3,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, *SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-f]{64})$/;

/** AWS takes requests that are at most this old. */
const MOST_AGE_MS = 15 * 60_000;

/** The region in the scope of the signature. Throws what AWS answers where the signature has not its form. */
export function signedRegion(headers: IncomingHttpHeaders, nowMs = Date.now()): string {
  const { authorization } = headers;
  if (authorization === undefined)
    throw new FisError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const found = FORM.exec(authorization);
  const refuse = (message: string): FisError => new FisError('InvalidSignatureException', message);
  if (!found) throw refuse(`The Authorization header is no AWS4-HMAC-SHA256 signature: ${authorization.slice(0, 60)}`);
  const [, , day, region, service, signedHeaders] = found;
  if (service !== 'fis') throw refuse(`Credential should be scoped to correct service: 'fis', got '${service}'.`);
  const date = headers['x-amz-date'];
  if (typeof date !== 'string' || !/^\d{8}T\d{6}Z$/.test(date))
    throw refuse('X-Amz-Date must be there, as YYYYMMDDTHHMMSSZ.');
  if (!date.startsWith(day!)) throw refuse(`Date in Credential scope does not match X-Amz-Date: ${day} and ${date}.`);
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  if (Math.abs(Date.parse(iso) - nowMs) > MOST_AGE_MS) throw refuse(`Signature expired: ${date} is not now.`);
  const names = signedHeaders!.split(';');
  for (const needed of ['host', 'x-amz-date'])
    if (!names.includes(needed)) throw refuse(`'${needed}' must be a signed header, got ${signedHeaders}.`);
  return region!;
}
