/** What the regions send each other of their carts: every write, and everything to one whose Redis came back empty. */
import type { Address } from '../kit/address.ts';
import type { CartStore } from './cart-store.ts';
import type { Cart } from './carts.ts';
import { Outbox } from './outbox.ts';

/** The links that lead to the other regions' APIs, by region. */
export type Peers = Record<string, Address>;

const REFILL_AGAIN_MS = 1_000;

export class CartExchange {
  private readonly store: CartStore;
  private readonly outboxes = new Map<string, Outbox>();
  private isFilling = false;

  constructor(store: CartStore) {
    this.store = store;
    store.onReady(() => void this.refill());
  }

  /** Takes the sync links. */
  meet(links: Peers): void {
    for (const [peer, link] of Object.entries(links))
      if (!this.outboxes.has(peer)) this.outboxes.set(peer, new Outbox(link));
    // What an API that was ended had not sent, and what came of it, is sent by the next one.
    void this.sendAll().catch(() => {});
    void this.refill();
  }

  /** Sends a cart to all others. */
  send(key: string, cart: Cart): void {
    for (const outbox of this.outboxes.values()) outbox.add(key, cart);
  }

  private async sendAll(): Promise<void> {
    for (const [key, cart] of Object.entries(await this.store.all())) this.send(key, cart);
  }

  /** A Redis that comes back with nothing in it gets what the others have. */
  private async refill(): Promise<void> {
    if (this.isFilling || this.outboxes.size === 0) return;
    this.isFilling = true;
    try {
      await this.store.fillIfEmptied(async () => {
        for (const outbox of this.outboxes.values()) await this.store.merge(await outbox.all());
      });
    } catch {
      // Later: Redis is not there yet, or one of the others.
      setTimeout(() => this.store.isReady && void this.refill(), REFILL_AGAIN_MS);
    } finally {
      this.isFilling = false;
    }
  }
}
