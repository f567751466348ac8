import { parseVectorClock, VECTOR_CLOCK_HEADER } from '../../src/formats/vector-clock.ts';
import type { Journey } from '../journey.ts';

/**
 * A user reads a cart and edits it. The write carries the vector clock of what was read in its header. Both clocks are
 * recorded, because which write knew of which decides which may win (claims/measures/carts/measure.ts).
 */
const cartEdit: Journey = (client) => {
  const read = client.request('cart-read');
  if (!read.ok) return;
  const known = read.status === 404 ? {} : parseVectorClock(read.headers[VECTOR_CLOCK_HEADER]);
  // Without a clock of the version read, the write cannot claim to know it.
  if (known === null) return;
  client.note('cart-read', { clock: known });
  const written = client.request('cart-write', { headers: { [VECTOR_CLOCK_HEADER]: JSON.stringify(known) } });
  const clock = written.ok ? parseVectorClock(written.headers[VECTOR_CLOCK_HEADER]) : null;
  if (clock !== null) client.note('cart-written', { known, clock });
};

export default cartEdit;
