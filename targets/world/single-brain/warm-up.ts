import { warmUpClient } from '../kit/programs/warm-up-client.ts';

/** Products that only the warm-up uses; the catalogue ends at 4999. */
const KEY = 200_000;
/** Enough for V8 to compile the code of every request; more has no measurable effect. */
const ROUNDS = 12;
const READERS = 4;

/**
 * Sends requests of every kind to the API on this port. `writers` write concurrently, one per connection to the
 * primary: the first statement on a new connection is slow.
 */
export async function warmUp(port: number, writers: number): Promise<void> {
  const { send, close } = warmUpClient(port);
  const reader = async (): Promise<void> => {
    for (let i = 0; i < ROUNDS; i++) {
      await send('GET', `/products?tenant=warm-up&page=${i}`);
      await send('GET', `/products/${i}`);
      await send('GET', '/tenants/warm-up/config');
    }
  };
  const writer = async (i: number): Promise<void> => {
    const { token } = JSON.parse(await send('POST', '/sessions', { user: 'warm-up' })) as { token: string };
    const headers = { Authorization: `Bearer ${token}` };
    await send('GET', '/sessions/current', undefined, headers);
    await send('PUT', `/products/${KEY + i}`, { tenant: 'warm-up', name: 'warm-up', price: 1 });
    await send('POST', `/products/${i}/reviews`, { tenant: 'warm-up', stars: 5, text: 'warm-up' });
    await send('DELETE', `/products/${i}/reviews`);
    await send('DELETE', `/products/${KEY + i}`);
    await send('DELETE', '/sessions/current', undefined, headers);
  };
  await Promise.all([
    ...Array.from({ length: READERS }, reader),
    ...Array.from({ length: writers }, (_, i) => writer(i)),
  ]);
  close();
}
