/** The APIs of all regions as the main process keeps them: what each was told, so that it can be told again. */
import { randomBytes } from 'node:crypto';
import type { Address } from '../kit/address.ts';
import { introduceApi, type ServingApi } from '../kit/api-process.ts';
import type { Ground, Handle, Program } from '../kit/ground.ts';
import type { ApiStart, ApiView } from './api.ts';
import type { Peers } from './cart-exchange.ts';
import type { Defect } from './defects.ts';

export interface RegionalApisParts {
  ground: Ground;
  defect: Defect;
  /** By region: the programs, loaded; their Redis as they reach it; who the primary is. */
  programs: Record<string, Program>;
  redis: Record<string, Address>;
  views: Record<string, ApiView>;
}

export class RegionalApis {
  /** What each believes. */
  readonly views: Record<string, ApiView>;
  private readonly parts: RegionalApisParts;
  private readonly ports: Record<string, number> = {};
  private readonly sessionSecret = randomBytes(32).toString('base64url');
  private peers: Record<string, Peers> = {};

  constructor(parts: RegionalApisParts) {
    this.parts = parts;
    this.views = parts.views;
  }

  /** Has it serve; calls `listening` with its port as soon as it has one. */
  async serve(id: string, listening: (port: number) => Promise<void>): Promise<ServingApi> {
    const listen = this.parts.ground.door('api');
    const serving = await introduceApi(this.parts.programs[id]!, this.startOf(id, listen, false), listening);
    this.ports[id] = serving.port;
    return serving;
  }

  /** Starts it again on its port, with what the others are told by then. */
  async startAgain(id: string): Promise<Handle> {
    const { ground, programs } = this.parts;
    const program = await ground.api(id);
    try {
      await introduceApi(program, this.startOf(id, { host: ground.door('api').host, port: this.ports[id]! }, true));
    } catch (error) {
      await program.handle.end(); // not in the way of the next try
      throw error;
    }
    this.tellPeers(program, id);
    programs[id] = program;
    return program.handle;
  }

  /** Tells each where it finds the others. */
  meet(peers: Record<string, Peers>): void {
    this.peers = peers;
    for (const [id, program] of Object.entries(this.parts.programs)) this.tellPeers(program, id);
  }

  /** Tells it who is the primary from now on. */
  tell(id: string, view: ApiView): void {
    this.views[id] = view;
    this.parts.programs[id]!.say({ kind: 'view', ...view });
  }

  handle(id: string): Handle {
    return this.parts.programs[id]!.handle;
  }

  /** Where each listens, past every link. */
  addresses(): Record<string, Address> {
    return Object.fromEntries(
      Object.entries(this.ports).map(([id, port]) => [id, this.parts.ground.apiAddress(id, port)]),
    );
  }

  private startOf(region: string, listen: Address, isBack: boolean): Omit<ApiStart, 'kind'> {
    const { defect, redis } = this.parts;
    return {
      ...this.views[region]!,
      region,
      defect,
      redis: redis[region]!,
      sessionSecret: this.sessionSecret,
      listen,
      isBack,
    };
  }

  private tellPeers(program: Program, id: string): void {
    program.say({ kind: 'peers', links: this.peers[id]! });
  }
}
