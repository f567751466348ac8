/** Reads through the API of the region with the replica, for an edge that cannot reach the primary. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Address, formatAddress } from '../kit/address.ts';

const TIMEOUT_MS = 2_000;
/** Routes that only the primary may answer. */
const STRONG = /^\/(?:sessions|accounts)\b/;

export class Peer {
  private address: Address | null = null;

  connect(address: Address): void {
    this.address = address;
  }

  /** Sends the request to the peer and its response to the client; false if there is none. */
  async answer(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    if (this.address === null || STRONG.test(request.url)) return false;
    const headers = Object.fromEntries(
      ['accept-language', 'authorization'].flatMap((name) => {
        const value = request.headers[name];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
    try {
      const url = `http://${formatAddress(this.address)}${request.url}`;
      const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.status >= 500) return false;
      reply.source = response.headers.get('x-data-source') === 'primary' ? 'primary' : 'replica';
      reply.recordVersion = Number(response.headers.get('x-record-version') ?? 0);
      reply.code(response.status).type('application/json');
      await reply.send(await response.text());
      return true;
    } catch {
      return false;
    }
  }
}
