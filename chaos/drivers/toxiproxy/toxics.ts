/** Toxics of ours: how they are named, how they are told from other people's, and which of them are safe to send. */
import { usageError } from '../../../src/errors.ts';
import { type FaultId, faultName, type Toxic } from '../../../src/formats/faults.ts';

/** A toxic before it belongs to a fault. Toxicity is the share of connections it affects, all if absent. */
export interface ToxicSpec {
  type: Toxic['type'];
  stream: Toxic['stream'];
  attributes: Record<string, number>;
  toxicity?: number;
}

/** The toxic with the name that says whose it is. */
export const toxicOf = (fault: FaultId, { type, stream, attributes, toxicity = 1 }: ToxicSpec): Toxic => ({
  name: `${faultName(fault)}.${type}_${stream}`,
  type,
  stream,
  toxicity,
  attributes,
});

/**
 * The toxic of no effect that says: this proxy was disabled by that fault. Its toxicity is 0, so that no connection
 * ever runs it, and its delay 0, should one.
 */
export const markerOf = (fault: FaultId): Toxic => ({
  name: faultName(fault),
  type: 'latency',
  stream: 'downstream',
  toxicity: 0,
  attributes: { latency: 0, jitter: 0 },
});

export const isOf = (fault: FaultId, name: string): boolean =>
  name === faultName(fault) || name.startsWith(`${faultName(fault)}.`);

/** Attributes of each type, all of them needed, with the least value that is safe. */
const ATTRIBUTES: Record<Toxic['type'], Record<string, number>> = {
  latency: { latency: 0, jitter: 0 },
  // A negative rate ends the server, and 0 holds everything until somebody removes it.
  bandwidth: { rate: 1 },
  slow_close: { delay: 0 },
  timeout: { timeout: 0 },
  reset_peer: { timeout: 0 },
  // Zeros recurse until the server dies.
  slicer: { average_size: 1, size_variation: 0, delay: 0 },
  limit_data: { bytes: 0 },
};
/** A day in ms; beyond about 2^43 the server's clock arithmetic overflows. */
const MOST = 86_400_000;

/**
 * A usage error unless the server takes this toxic and survives it: it checks no range itself, ignores attributes it
 * does not know, and some values end the process (reference/toxiproxy-wan.md A3, A9).
 */
export function checkToxic({ name, type, stream, toxicity, attributes }: Toxic): void {
  const refuse = (got: string, expected: string) =>
    usageError({ what: `the toxic ${name || 'without a name'} is not safe to send`, got, expected });
  if (!/^[\w.-]+$/.test(name)) throw refuse(`name "${name}"`, 'letters, digits, - _ and .');
  const limits = Object.hasOwn(ATTRIBUTES, type) ? ATTRIBUTES[type] : null;
  if (!limits) throw refuse(`type "${type}"`, Object.keys(ATTRIBUTES).join(', '));
  if (stream !== 'upstream' && stream !== 'downstream')
    throw refuse(`stream "${String(stream)}"`, 'upstream or downstream');
  if (!(toxicity >= 0 && toxicity <= 1)) throw refuse(`toxicity ${toxicity}`, 'a share from 0 to 1');
  const unknown = Object.keys(attributes).find((key) => !Object.hasOwn(limits, key));
  if (unknown !== undefined) throw refuse(`attribute ${unknown}`, `${Object.keys(limits).join(', ')} of ${type}`);
  for (const [key, least] of Object.entries(limits)) {
    const value = attributes[key];
    if (!Number.isSafeInteger(value) || value! < least || value! > MOST)
      throw refuse(`${key} ${value}`, `a whole number from ${least} to ${MOST}`);
  }
  if (attributes['jitter']! > attributes['latency']!)
    throw refuse(`jitter ${attributes['jitter']}`, `at most its latency, ${attributes['latency']}`);
  if (attributes['size_variation']! >= attributes['average_size']!)
    throw refuse(
      `size_variation ${attributes['size_variation']}`,
      `less than ${attributes['average_size']}, its average_size`,
    );
}
