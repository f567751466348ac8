/** The APIs of all regions, in the main process. Keeps the settings of each, for a restart. */
import { randomBytes } from 'node:crypto';
import type { Address } from '../kit/address.ts';
import { ApiFleet, type ApiListen } from '../kit/api-fleet.ts';
import type { Ground, Program } from '../kit/ground.ts';
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

export class RegionalApis extends ApiFleet {
  /** The current view of each API. */
  readonly views: Record<string, ApiView>;
  private readonly parts: RegionalApisParts;
  private readonly sessionSecret = randomBytes(32).toString('base64url');
  private peers: Record<string, Peers> = {};

  constructor(parts: RegionalApisParts) {
    super(parts.ground, parts.programs);
    this.parts = parts;
    this.views = parts.views;
  }

  /** Tells each API the links to the others. */
  connect(peers: Record<string, Peers>): void {
    this.peers = peers;
    for (const id of Object.keys(this.programs)) this.restarted(id);
  }

  /** Sends an API its new view of the primary. */
  sendView(id: string, view: ApiView): void {
    this.views[id] = view;
    this.programs[id]!.send({ kind: 'view', ...view });
  }

  protected settingsOf(region: string): Omit<ApiStart, 'kind' | keyof ApiListen> {
    const { defect, redis } = this.parts;
    return { ...this.views[region]!, defect, redis: redis[region]!, sessionSecret: this.sessionSecret };
  }

  protected restarted(region: string): void {
    this.programs[region]!.send({ kind: 'peers', links: this.peers[region]! });
  }
}
