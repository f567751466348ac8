/** The APIs of all regions, in the main process: starts them, and restarts one at its port with its settings. */
import type { Address } from './address.ts';
import { startApi, type ServingApi } from './api-process.ts';
import type { Ground, Handle, Program } from './ground.ts';

/** The part of an API's settings that the fleet fills in. */
export interface ApiListen {
  region: string;
  /** Port 0 = a free port. */
  listen: Address;
  /** Whether this is a restart: clients are waiting for it. */
  isRestart: boolean;
}

export abstract class ApiFleet {
  protected readonly ground: Ground;
  /** The loaded programs, by region. */
  protected readonly programs: Record<string, Program>;
  private readonly ports: Record<string, number> = {};

  constructor(ground: Ground, programs: Record<string, Program>) {
    this.ground = ground;
    this.programs = programs;
  }

  /** The current settings of a region's API. */
  protected abstract settingsOf(region: string): object;

  /** Called after an API was restarted, for what it is told beside its settings. */
  protected abstract restarted(region: string): void;

  /** Sends an API its settings; calls `listening` with its port. Resolves when it serves. */
  async serve(region: string, listening: (port: number) => Promise<void>): Promise<ServingApi> {
    const start = { ...this.settingsOf(region), region, listen: this.ground.listenAddress('api'), isRestart: false };
    const serving = await startApi(this.programs[region]!, start satisfies ApiListen, listening);
    this.ports[region] = serving.port;
    return serving;
  }

  /** Restarts an API on its port, with its current settings. */
  async restart(region: string): Promise<Handle> {
    const program = await this.ground.api(region);
    const listen = { host: this.ground.listenAddress('api').host, port: this.ports[region]! };
    try {
      await startApi(program, { ...this.settingsOf(region), region, listen, isRestart: true } satisfies ApiListen);
    } catch (error) {
      await program.handle.end(); // frees the port for the next attempt
      throw error;
    }
    this.programs[region] = program;
    this.restarted(region);
    return program.handle;
  }

  handle(region: string): Handle {
    return this.programs[region]!.handle;
  }

  /** Direct addresses, bypassing all links. */
  addresses(): Record<string, Address> {
    return Object.fromEntries(
      Object.entries(this.ports).map(([region, port]) => [region, this.ground.apiAddress(region, port)]),
    );
  }
}
