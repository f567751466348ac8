/**
 * The platform that a world runs on: starts, stops and freezes its servers. There are two: processes on this machine
 * (host/) and services of Docker Compose (compose/). All other code of a world is the same on both.
 */
import type { Address } from './address.ts';
import type { ServerKind } from './topology.ts';
import type { Toxiproxy } from './toxiproxy.ts';

/** Controls a server process. Every method works in every state. */
export interface Handle {
  /** Kills it, frozen or not, so that no pending work completes; resolves when it has exited. */
  end(): Promise<void>;
  /** Suspends it and its child processes until `thaw`. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Makes it reload its settings. */
  reload(): Promise<void>;
}

/** A server that accepts connections. */
export interface Server {
  address: Address;
  handle: Handle;
}

/** The connection between the main process and a program of the world: messages with a `kind`. */
export interface Channel {
  /** Set once it serves: an exit after that breaks the world. */
  expectedUp: boolean;
  send(message: object): void;
  /** The most recent message of that kind, or the next one; an error if the program exits first or the time is over. */
  receive<T>(kind: string, withinMs: number): Promise<T>;
  /** Calls `take` with every later message of that kind. */
  onMessage(kind: string, take: (message: Record<string, unknown>) => void): void;
}

/** A program that faults can target. */
export interface Program extends Channel {
  handle: Handle;
}

/** The database that a replica streams from, and whether that has a replication slot for it. */
export interface Source {
  address: Address;
  slot: boolean;
  replayDelayMs: number;
}

export interface Ground {
  /** Versions of the platform itself, by name. */
  versions: Record<string, string>;
  toxiproxy(): Promise<Toxiproxy>;
  /** Starts the region's Redis, or restarts it at the same address. Its data is lost when it stops. */
  store(region: string): Promise<Server>;
  /** Starts the region's database, or restarts it with its data. The first one is the primary. */
  database(region: string): Promise<Server>;
  /** Starts the region's API program, or restarts it. It waits for its settings. */
  api(region: string): Promise<Program>;
  edge(): Promise<Channel>;
  /** Where `api`, `edge`, `control` or the delay hop of a link of this name listens; port 0 = a free port. */
  listenAddress(name: string): Address;
  /** The address of a region's API that listens on this port. */
  apiAddress(region: string, port: number): Address;
  /** The address at which servers in the regions reach this port of the main process or of Toxiproxy. */
  addressFromRegions(port: number): Address;
  /** A port on 127.0.0.1 that leads to a region's server at this address directly, bypassing all links. */
  directPort(kind: ServerKind, region: string, address: Address): Promise<number>;
  /** Writes the settings of a replica. A running one needs a `reload` to apply them. */
  streamFrom(region: string, source: Source): Promise<void>;
  /** Makes the region's database read-only from its next start on: a replica without a primary. */
  makeReadOnly(region: string): Promise<void>;
  /** Writes world.json and returns its path. It is removed when the world stops. */
  publish(description: object): Promise<string>;
}
