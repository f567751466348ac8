/**
 * What a world stands on: where its servers run and how they are started, ended and frozen. There are two: processes of
 * this machine (host/) and services of Docker Compose (compose/). Everything above is the same on both.
 */
import type { Address } from './address.ts';
import type { ServerKind } from './topology.ts';
import type { Toxiproxy } from './toxiproxy.ts';

/** What can be done to a server from outside; every one of these can be asked for in every state. */
export interface Handle {
  /** Ends it on purpose, so that nothing it had begun is finished, also when it is frozen; resolves when it is gone. */
  end(): Promise<void>;
  /** Stops it where it is, and whatever it made, until it is thawed. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Has it read its settings again, as soon as it can. */
  reload(): Promise<void>;
}

/** A server that serves. */
export interface Server {
  address: Address;
  handle: Handle;
}

/** How the main process talks with a program of ours: messages with a `kind`. */
export interface Talk {
  /** Set once it serves: from then on its end is a loss. */
  expectedUp: boolean;
  say(message: object): void;
  /** The message of that kind; an error if it ends or says nothing within the time. */
  hear<T>(kind: string, withinMs: number): Promise<T>;
  /** Calls `take` with every message of that kind from now on. */
  onEvery(kind: string, take: (message: Record<string, unknown>) => void): void;
}

/** A program that can be broken, too. */
export interface Program extends Talk {
  handle: Handle;
}

/** What a replica is to stream from, and whether a slot is kept for it there. */
export interface Source {
  address: Address;
  slot: boolean;
  replayDelayMs: number;
}

export interface Ground {
  /** Versions of what it is made of, besides the servers', by name. */
  versions: Record<string, string>;
  toxiproxy(): Promise<Toxiproxy>;
  /** The region's Redis, started on its address; again after it was ended. Its data does not outlive it. */
  store(region: string): Promise<Server>;
  /** The region's database; again after it was ended, with the data it left. The first one is the primary. */
  database(region: string): Promise<Server>;
  /** The region's API, loaded and waiting to be told what it is; again after it was ended. */
  api(region: string): Promise<Program>;
  edge(): Promise<Talk>;
  /** Where `api`, `edge`, `control` or the delay hop of a link's name is to listen; port 0 = a free one. */
  door(name: string): Address;
  /** The address of a region's API that listens on that port. */
  apiAddress(region: string, port: number): Address;
  /** How servers in the regions reach a port of the main process, or of Toxiproxy. */
  reached(port: number): Address;
  /** A port of 127.0.0.1 that leads to a region's server at that address, past every link that can break. */
  lookedAt(kind: ServerKind, region: string, address: Address): Promise<number>;
  /** Writes what a replica streams from. One that runs takes note when it is told to read its settings again. */
  streamFrom(region: string, source: Source): Promise<void>;
  /** From its next start on the region's database replays and never writes: it is a replica, of nobody. */
  makeReadOnly(region: string): Promise<void>;
  /** Writes world.json; returns its path. It is there for as long as the world. */
  publish(description: object): Promise<string>;
}
