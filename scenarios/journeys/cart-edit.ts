import { parseVectorClock, VECTOR_CLOCK_HEADER } from '../../src/formats/vector-clock.ts';
import type { Journey } from '../journey.ts';

/**
 * Somebody looks at a cart and changes it in the knowledge of what they saw, which the write says in its header. What
 * was seen and what was acknowledged is written down: which write knew of which decides who may win
 * (claims/measures/carts/measure.ts).
 */
const cartEdit: Journey = (client) => {
  const read = client.request('cart-read');
  if (!read.ok) return;
  const known = read.status === 404 ? {} : parseVectorClock(read.headers[VECTOR_CLOCK_HEADER]);
  // Of a version that does not say what it is, nobody can say that they knew it.
  if (known === null) return;
  client.note('cart-read', { clock: known });
  const written = client.request('cart-write', { headers: { [VECTOR_CLOCK_HEADER]: JSON.stringify(known) } });
  const clock = written.ok ? parseVectorClock(written.headers[VECTOR_CLOCK_HEADER]) : null;
  if (clock !== null) client.note('cart-written', { known, clock });
};

export default cartEdit;
