/** Where the programs of our own call in from their containers: one connection each, which says first who it is. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Address } from '../kit/address.ts';
import type { Talk } from '../kit/ground.ts';
import { inTimeOrEnded, Messages } from '../kit/messages.ts';

class Call implements Talk {
  expectedUp = false;
  readonly ended: Promise<string>;
  private readonly name: string;
  private readonly socket: Socket;
  private readonly messages: Messages;

  constructor(name: string, socket: Socket, messages: Messages) {
    this.name = name;
    this.socket = socket;
    this.messages = messages;
    this.ended = new Promise((resolve) => socket.once('close', () => resolve('ended')));
  }

  say(message: object): void {
    this.socket.write(`${JSON.stringify(message)}\n`);
  }

  async hear<T>(kind: string, withinMs: number): Promise<T> {
    const { name, ended, messages } = this;
    return (await inTimeOrEnded(messages.next(kind), { name, ended, withinMs, doing: `say "${kind}"` })) as T;
  }

  onEvery(kind: string, take: (message: Record<string, unknown>) => void): void {
    this.messages.onEvery(kind, take);
  }
}

/** The next call of the program of that name, or one that was not taken yet. */
export type Switchboard = (name: string, withinMs: number) => Promise<Talk>;

/** Listens there for programs; `lost` is called when one that is expected to be up ends. */
export async function openSwitchboard(listen: Address, lost: (name: string) => void): Promise<Switchboard> {
  const waiting = new Map<string, Call>();
  const takers = new Map<string, () => void>();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {}); // it has ended; its close says so
    const messages = new Messages(socket);
    void messages.next('hello').then((hello) => {
      const name = String(hello['name']);
      const call = new Call(name, socket, messages);
      void call.ended.then(() => {
        if (call.expectedUp) lost(name);
      });
      waiting.set(name, call);
      takers.get(name)?.();
    });
  });
  server.listen(listen.port, listen.host);
  await once(server, 'listening');
  return async (name, withinMs) => {
    const called = new Promise<void>((resolve) => (waiting.has(name) ? resolve() : takers.set(name, resolve)));
    await inTimeOrEnded(called, { name, ended: new Promise<string>(() => {}), withinMs, doing: 'call in' });
    const call = waiting.get(name)!;
    waiting.delete(name);
    takers.delete(name);
    return call;
  };
}
