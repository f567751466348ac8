/**
 * Carts on their way to another region: the newest version of each, sent together, again and again until it has them.
 */
import { Agent, request } from 'node:http';
import type { Address } from '../kit/address.ts';
import type { Cart } from './carts.ts';

const TIMEOUT_MS = 2_000;
const AGAIN_AFTER_MS = 250;

export class Outbox {
  private readonly region: Address;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private waiting = new Map<string, Cart>();
  private isSending = false;

  /** Of the region behind this link. */
  constructor(region: Address) {
    this.region = region;
  }

  /** Sends it when what is under way has arrived; a version of the same cart that still waits is not sent any more. */
  add(key: string, cart: Cart): void {
    this.waiting.set(key, cart);
    if (!this.isSending) void this.send();
  }

  private async send(): Promise<void> {
    this.isSending = true;
    while (this.waiting.size > 0) {
      const batch = this.waiting;
      this.waiting = new Map();
      const answer = await this.ask('POST', JSON.stringify(Object.fromEntries(batch))).catch(() => null);
      if (answer?.status === 204) continue;
      // What was written meanwhile is newer.
      this.waiting = new Map([...batch, ...this.waiting]);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
    this.isSending = false;
  }

  /** Everything that the region has; rejects if it does not say. */
  async all(): Promise<Record<string, Cart>> {
    const { status, text } = await this.ask('GET');
    if (status !== 200) throw new Error(`GET /sync answers ${status}`);
    return JSON.parse(text) as Record<string, Cart>;
  }

  private ask(method: string, body = ''): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = body ? { 'Content-Type': 'application/json' } : {};
      const to = { ...this.region, agent: this.agent, method, path: '/sync', headers };
      const asked = request({ ...to, timeout: TIMEOUT_MS }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.on('end', () => resolve({ status: answer.statusCode!, text }));
        answer.on('error', reject);
      });
      asked.on('timeout', () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      asked.on('error', reject);
      asked.end(body);
    });
  }
}
