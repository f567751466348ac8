/** Which carts every region shows at the end. */
import { cartKeys } from '../../plan/cart-keys.ts';
import { createAsker } from '../ask.ts';
import { ASK_MS, finalCarts } from './final-reads.ts';
import { afterwards, type Observer, sends } from './observer.ts';

export const finalCartsObserver: Observer = (run) => {
  const { plan, profile, target, upstreams } = run;
  const { carts } = target;
  if (carts === null || !sends(run, 'cart')) return null;
  return afterwards(async () => {
    await using asker = createAsker(target, plan, ASK_MS);
    return [{ kind: 'final-carts', regions: await finalCarts(plan, upstreams, asker, carts.read, cartKeys(profile)) }];
  });
};
