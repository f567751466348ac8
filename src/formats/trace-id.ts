/** FNV-1a, 64 bits (draft-eastlake-fnv): offset basis and prime. */
const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/**
 * First half of every trace id of a run (16 hex digits): a hash of the run's id. The second half is the row's number in
 * 16 hex digits, so reports can compute the trace id of a request.
 */
export function tracePrefix(runId: string): string {
  let hash = OFFSET;
  for (const character of runId) hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0)!)) * PRIME);
  return hash.toString(16).padStart(16, '0');
}
