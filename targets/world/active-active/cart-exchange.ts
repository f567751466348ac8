/** Exchanges carts between regions: every write, and all carts to a region whose Redis has lost its data. */
import type { Address } from '../kit/address.ts';
import type { CartStore } from './cart-store.ts';
import type { Cart } from './carts.ts';
import { Outbox } from './outbox.ts';

/** The links that lead to the other regions' APIs, by region. */
export type Peers = Record<string, Address>;

const REFILL_RETRY_MS = 1_000;

export class CartExchange {
  private readonly store: CartStore;
  private readonly outboxes = new Map<string, Outbox>();
  private isFilling = false;

  constructor(store: CartStore) {
    this.store = store;
    store.onReady(() => void this.refill());
  }

  /** Connects to the other regions through the sync links. */
  connect(links: Peers): void {
    for (const [peer, link] of Object.entries(links))
      if (!this.outboxes.has(peer)) this.outboxes.set(peer, new Outbox(link));
    // A restarted API sends everything that the previous process had not sent.
    void this.sendAll().catch(() => {});
    void this.refill();
  }

  /** Sends a cart to all other regions. */
  send(key: string, cart: Cart): void {
    for (const outbox of this.outboxes.values()) outbox.add(key, cart);
  }

  private async sendAll(): Promise<void> {
    for (const [key, cart] of Object.entries(await this.store.all())) this.send(key, cart);
  }

  /** Fills a Redis that has lost its data with the carts of the other regions. */
  private async refill(): Promise<void> {
    if (this.isFilling || this.outboxes.size === 0) return;
    this.isFilling = true;
    try {
      await this.store.fillIfEmptied(async () => {
        for (const outbox of this.outboxes.values()) await this.store.merge(await outbox.all());
      });
    } catch {
      // Redis or another region is not available yet.
      setTimeout(() => this.store.isReady && void this.refill(), REFILL_RETRY_MS);
    } finally {
      this.isFilling = false;
    }
  }
}
