/** Accepts the connections of the world's programs from their containers. Each one first sends its name. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Address } from '../kit/address.ts';
import type { Channel } from '../kit/ground.ts';
import { withTimeout, Messages } from '../kit/messages.ts';

class ProgramConnection implements Channel {
  expectedUp = false;
  readonly ended: Promise<string>;
  private readonly name: string;
  private readonly socket: Socket;
  private readonly messages: Messages;

  constructor(name: string, socket: Socket, messages: Messages) {
    this.name = name;
    this.socket = socket;
    this.messages = messages;
    this.ended = new Promise((resolve) => socket.once('close', () => resolve('exited')));
  }

  send(message: object): void {
    this.socket.write(`${JSON.stringify(message)}\n`);
  }

  async receive<T>(kind: string, withinMs: number): Promise<T> {
    const { name, ended, messages } = this;
    return (await withTimeout(messages.next(kind), { name, ended, withinMs, action: `send "${kind}"` })) as T;
  }

  onMessage(kind: string, take: (message: Record<string, unknown>) => void): void {
    this.messages.onMessage(kind, take);
  }
}

/** The connection of the program of this name, when it has connected. Each connection is returned once. */
export type AcceptProgram = (name: string, withinMs: number) => Promise<Channel>;

/** Listens at this address for programs; `lost` is called when one exits that is expected to be up. */
export async function listenForPrograms(listen: Address, lost: (name: string) => void): Promise<AcceptProgram> {
  const connections = new Map<string, ProgramConnection>();
  const waiters = new Map<string, () => void>();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {}); // the close event handles it
    const messages = new Messages(socket);
    void messages.next('hello').then((hello) => {
      const name = String(hello['name']);
      const connection = new ProgramConnection(name, socket, messages);
      void connection.ended.then(() => {
        if (connection.expectedUp) lost(name);
      });
      connections.set(name, connection);
      waiters.get(name)?.();
    });
  });
  server.listen(listen.port, listen.host);
  await once(server, 'listening');
  return async (name, withinMs) => {
    const connected = new Promise<void>((resolve) => (connections.has(name) ? resolve() : waiters.set(name, resolve)));
    await withTimeout(connected, { name, ended: new Promise<string>(() => {}), withinMs, action: 'connect' });
    const connection = connections.get(name)!;
    connections.delete(name);
    waiters.delete(name);
    return connection;
  };
}
