/** The APIs of all edges, in the main process. Keeps the settings of each, for a restart. */
import type { Address } from '../kit/address.ts';
import { ApiFleet, type ApiListen } from '../kit/api-fleet.ts';
import type { Ground, Program } from '../kit/ground.ts';
import type { ApiPeer, ApiStart } from './api.ts';

type Settings = Omit<ApiStart, 'kind' | keyof ApiListen>;

export class RegionalApis extends ApiFleet {
  private readonly settings: Record<string, Settings>;
  private peers: Record<string, Address> = {};

  constructor(ground: Ground, programs: Record<string, Program>, settings: Record<string, Settings>) {
    super(ground, programs);
    this.settings = settings;
  }

  /** Tells each edge the link to the region with the replica. */
  connect(peers: Record<string, Address>): void {
    this.peers = peers;
    for (const region of Object.keys(peers)) this.restarted(region);
  }

  protected settingsOf(region: string): Settings {
    return this.settings[region]!;
  }

  protected restarted(region: string): void {
    const address = this.peers[region];
    if (address) this.programs[region]!.send({ kind: 'peer', address } satisfies ApiPeer);
  }
}
