/** The APIs of all regions, in the main process. Keeps the settings of each, for a restart. */
import { randomBytes } from 'node:crypto';
import type { Address } from '../kit/address.ts';
import { startApi, type ServingApi } from '../kit/api-process.ts';
import type { Ground, Handle, Program } from '../kit/ground.ts';
import type { ApiStart, ApiView } from './api.ts';
import type { Peers } from './cart-exchange.ts';
import type { Defect } from './defects.ts';

export interface RegionalApisParts {
  ground: Ground;
  defect: Defect;
  /** By region: the loaded programs, the address of their Redis, their view of the primary. */
  programs: Record<string, Program>;
  redis: Record<string, Address>;
  views: Record<string, ApiView>;
}

export class RegionalApis {
  /** The current view of each API. */
  readonly views: Record<string, ApiView>;
  private readonly parts: RegionalApisParts;
  private readonly ports: Record<string, number> = {};
  private readonly sessionSecret = randomBytes(32).toString('base64url');
  private peers: Record<string, Peers> = {};

  constructor(parts: RegionalApisParts) {
    this.parts = parts;
    this.views = parts.views;
  }

  /** Sends an API its settings; calls `listening` with its port. Resolves when it serves. */
  async serve(id: string, listening: (port: number) => Promise<void>): Promise<ServingApi> {
    const listen = this.parts.ground.listenAddress('api');
    const serving = await startApi(this.parts.programs[id]!, this.startOf(id, listen, false), listening);
    this.ports[id] = serving.port;
    return serving;
  }

  /** Restarts an API on its port, with its current settings. */
  async restart(id: string): Promise<Handle> {
    const { ground, programs } = this.parts;
    const program = await ground.api(id);
    try {
      await startApi(
        program,
        this.startOf(id, { host: ground.listenAddress('api').host, port: this.ports[id]! }, true),
      );
    } catch (error) {
      await program.handle.end(); // frees the port for the next attempt
      throw error;
    }
    this.sendPeers(program, id);
    programs[id] = program;
    return program.handle;
  }

  /** Tells each API the links to the others. */
  connect(peers: Record<string, Peers>): void {
    this.peers = peers;
    for (const [id, program] of Object.entries(this.parts.programs)) this.sendPeers(program, id);
  }

  /** Sends an API its new view of the primary. */
  sendView(id: string, view: ApiView): void {
    this.views[id] = view;
    this.parts.programs[id]!.send({ kind: 'view', ...view });
  }

  handle(id: string): Handle {
    return this.parts.programs[id]!.handle;
  }

  /** Direct addresses, bypassing all links. */
  addresses(): Record<string, Address> {
    return Object.fromEntries(
      Object.entries(this.ports).map(([id, port]) => [id, this.parts.ground.apiAddress(id, port)]),
    );
  }

  private startOf(region: string, listen: Address, isRestart: boolean): Omit<ApiStart, 'kind'> {
    const { defect, redis } = this.parts;
    return {
      ...this.views[region]!,
      region,
      defect,
      redis: redis[region]!,
      sessionSecret: this.sessionSecret,
      listen,
      isRestart,
    };
  }

  private sendPeers(program: Program, id: string): void {
    program.send({ kind: 'peers', links: this.peers[id]! });
  }
}
