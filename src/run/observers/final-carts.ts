/** The carts of every region after the load. */
import { cartKeys } from '../../plan/cart-keys.ts';
import { createTargetClient } from '../target-client.ts';
import { finalCarts, REQUEST_TIMEOUT_MS } from './final-reads.ts';
import { afterLoad, type Observer, sends } from './observer.ts';

export const finalCartsObserver: Observer = (run) => {
  const { plan, profile, target, upstreams } = run;
  const { carts } = target;
  if (carts === null || !sends(run, 'cart')) return null;
  return afterLoad(async () => {
    await using client = createTargetClient(target, plan, REQUEST_TIMEOUT_MS);
    return [{ kind: 'final-carts', regions: await finalCarts(plan, upstreams, client, carts.read, cartKeys(profile)) }];
  });
};
