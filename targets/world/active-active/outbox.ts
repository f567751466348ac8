/** Carts to be sent to another region: the newest version of each, batched, retried until the region has them. */
import { Agent, request } from 'node:http';
import type { Address } from '../kit/address.ts';
import type { Cart } from './carts.ts';

const TIMEOUT_MS = 2_000;
const RETRY_AFTER_MS = 250;

export class Outbox {
  private readonly region: Address;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private waiting = new Map<string, Cart>();
  private isSending = false;

  /** `region` is the link to the other region. */
  constructor(region: Address) {
    this.region = region;
  }

  /** Queues a cart for the next batch; it replaces a queued version of the same cart. */
  add(key: string, cart: Cart): void {
    this.waiting.set(key, cart);
    if (!this.isSending) void this.send();
  }

  private async send(): Promise<void> {
    this.isSending = true;
    while (this.waiting.size > 0) {
      const batch = this.waiting;
      this.waiting = new Map();
      const response = await this.request('POST', JSON.stringify(Object.fromEntries(batch))).catch(() => null);
      if (response?.status === 204) continue;
      // Versions queued meanwhile are newer.
      this.waiting = new Map([...batch, ...this.waiting]);
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    }
    this.isSending = false;
  }

  /** All carts of the region; rejects if the request fails. */
  async all(): Promise<Record<string, Cart>> {
    const { status, text } = await this.request('GET');
    if (status !== 200) throw new Error(`GET /sync returned status ${status}`);
    return JSON.parse(text) as Record<string, Cart>;
  }

  private request(method: string, body = ''): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = body ? { 'Content-Type': 'application/json' } : {};
      const to = { ...this.region, agent: this.agent, method, path: '/sync', headers };
      const sent = request({ ...to, timeout: TIMEOUT_MS }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => resolve({ status: response.statusCode!, text }));
        response.on('error', reject);
      });
      sent.on('timeout', () => sent.destroy(new Error(`no response within ${TIMEOUT_MS} ms`)));
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
