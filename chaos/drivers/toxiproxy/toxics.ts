/** Antipode's toxics: their names, which distinguish them from others, and which of them are safe to send. */
import { usageError } from '../../../src/errors.ts';
import { type FaultId, faultName, type Toxic } from '../../../src/formats/faults.ts';

/** A toxic without the name of a fault. `toxicity`: share of connections that it affects, default 1. */
export interface ToxicSpec {
  type: Toxic['type'];
  stream: Toxic['stream'];
  attributes: Record<string, number>;
  toxicity?: number;
}

/** The toxic, named after its fault. */
export const toxicOf = (fault: FaultId, { type, stream, attributes, toxicity = 1 }: ToxicSpec): Toxic => ({
  name: `${faultName(fault)}.${type}_${stream}`,
  type,
  stream,
  toxicity,
  attributes,
});

/**
 * A toxic without effect that marks a proxy as disabled by that fault. Toxicity 0 keeps it off every connection; its
 * delay is 0 as well.
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

/** Attributes of each type, all of them required, with the minimum safe value. */
const ATTRIBUTES: Record<Toxic['type'], Record<string, number>> = {
  latency: { latency: 0, jitter: 0 },
  // A negative rate crashes the server; 0 holds all data until the toxic is removed.
  bandwidth: { rate: 1 },
  slow_close: { delay: 0 },
  timeout: { timeout: 0 },
  reset_peer: { timeout: 0 },
  // Zeros make the server recurse until it crashes.
  slicer: { average_size: 1, size_variation: 0, delay: 0 },
  limit_data: { bytes: 0 },
};
/** A day in ms; beyond about 2^43 the server's clock arithmetic overflows. */
const MAX_VALUE = 86_400_000;

/**
 * Usage error for a toxic that the server would reject, misread or crash on: it checks no range itself and ignores
 * unknown attributes, and some values end the process (reference/toxiproxy-wan.md A3, A9).
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
  for (const [key, min] of Object.entries(limits)) {
    const value = attributes[key];
    if (!Number.isSafeInteger(value) || value! < min || value! > MAX_VALUE)
      throw refuse(`${key} ${value}`, `a whole number from ${min} to ${MAX_VALUE}`);
  }
  if (attributes['jitter']! > attributes['latency']!)
    throw refuse(`jitter ${attributes['jitter']}`, `at most its latency, ${attributes['latency']}`);
  if (attributes['size_variation']! >= attributes['average_size']!)
    throw refuse(
      `size_variation ${attributes['size_variation']}`,
      `less than ${attributes['average_size']}, its average_size`,
    );
}
