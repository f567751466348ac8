/**
 * Checks the form of a signature version 4, not its key. Unsigned requests and those signed for another service or day
 * are refused, as by AWS. The scope of the signature selects the region.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { FisError } from './errors.ts';

const FORM =
  /^AWS4-HMAC-SHA256 +Credential=([\w-]{3,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, *SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-f]{64})$/;

/** AWS accepts requests up to this age. */
const MAX_AGE_MS = 15 * 60_000;

/** The region in the scope of the signature. Throws the error of AWS for an invalid signature. */
export function signedRegion(headers: IncomingHttpHeaders, nowMs = Date.now()): string {
  const { authorization } = headers;
  if (authorization === undefined)
    throw new FisError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const found = FORM.exec(authorization);
  const refuse = (message: string): FisError => new FisError('InvalidSignatureException', message);
  if (!found)
    throw refuse(`The Authorization header is not an AWS4-HMAC-SHA256 signature: ${authorization.slice(0, 60)}`);
  const [, , day, region, service, signedHeaders] = found;
  if (service !== 'fis') throw refuse(`Credential should be scoped to correct service: 'fis', got '${service}'.`);
  const date = headers['x-amz-date'];
  if (typeof date !== 'string' || !/^\d{8}T\d{6}Z$/.test(date))
    throw refuse('X-Amz-Date is required, as YYYYMMDDTHHMMSSZ.');
  if (!date.startsWith(day!)) throw refuse(`Date in Credential scope does not match X-Amz-Date: ${day} and ${date}.`);
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  if (Math.abs(Date.parse(iso) - nowMs) > MAX_AGE_MS)
    throw refuse(`Signature expired: ${date} differs too much from the current time.`);
  const names = signedHeaders!.split(';');
  for (const needed of ['host', 'x-amz-date'])
    if (!names.includes(needed)) throw refuse(`'${needed}' must be a signed header, got ${signedHeaders}.`);
  return region!;
}
