/** Where the programs of our own call in from their containers: one connection each, which says first who it is. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Address } from '../address.ts';
import type { Handle, Program } from '../ground.ts';
import { inTimeOrEnded, Messages } from '../messages.ts';

class CallingProgram implements Program {
  readonly handle: Handle;
  expectedUp = false;
  private readonly name: string;
  private readonly socket: Socket;
  private readonly messages: Messages;
  readonly ended: Promise<string>;

  constructor(name: string, socket: Socket, messages: Messages, handle: Handle) {
    this.name = name;
    this.socket = socket;
    this.messages = messages;
    this.handle = {
      end: () => {
        this.expectedUp = false; // on purpose, which is no loss
        return handle.end();
      },
      freeze: () => handle.freeze(),
      thaw: () => handle.thaw(),
      reload: () => handle.reload(),
    };
    this.ended = new Promise((resolve) => socket.once('close', () => resolve('ended')));
  }

  say(message: object): void {
    this.socket.write(`${JSON.stringify(message)}\n`);
  }

  async hear<T>(kind: string, withinMs: number): Promise<T> {
    const { ended, messages } = this;
    try {
      const options = { ended, withinMs, doing: `say "${kind}"`, words: () => '' };
      return (await inTimeOrEnded(messages.next(kind), options)) as T;
    } catch (error) {
      throw new Error(`${this.name} ${(error as Error).message}`, { cause: error });
    }
  }

  onEvery(kind: string, take: (message: Record<string, unknown>) => void): void {
    this.messages.onEvery(kind, take);
  }
}

export interface Switchboard {
  /** The next call of the program of that name, or one that was not taken yet. */
  call(name: string, handle: Handle, withinMs: number): Promise<Program>;
}

/** Listens there for programs; `lost` is called when one that is expected to be up ends. */
export async function openSwitchboard(listen: Address, lost: (name: string) => void): Promise<Switchboard> {
  const waiting = new Map<string, { socket: Socket; messages: Messages }>();
  const takers = new Map<string, () => void>();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {}); // it has ended; its close says so
    const messages = new Messages(socket);
    void messages.next('hello').then(({ name }) => {
      waiting.set(String(name), { socket, messages });
      takers.get(String(name))?.();
    });
  });
  server.listen(listen.port, listen.host);
  await once(server, 'listening');
  return {
    async call(name, handle, withinMs) {
      const called = new Promise<void>((resolve) => (waiting.has(name) ? resolve() : takers.set(name, resolve)));
      const never = new Promise<string>(() => {});
      await inTimeOrEnded(called, { ended: never, withinMs, doing: 'call in', words: () => '' }).catch(
        (error: Error) => {
          throw new Error(`${name} ${error.message}`, { cause: error });
        },
      );
      const { socket, messages } = waiting.get(name)!;
      waiting.delete(name);
      takers.delete(name);
      const program = new CallingProgram(name, socket, messages, handle);
      void program.ended.then(() => {
        if (program.expectedUp) lost(name);
      });
      return program;
    },
  };
}
