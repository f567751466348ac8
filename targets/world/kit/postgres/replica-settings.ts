/** The content of `postgresql.auto.conf` in a replica's data directory. */
import type { Source } from '../ground.ts';
import { DATABASE } from './settings.ts';

export const slotName = (region: string): string => region.replaceAll('-', '_');

/** In a file: settings from the command line cannot be changed while the server runs. */
export const replicaSettings = (region: string, { address: { host, port }, slot, replayDelayMs }: Source): string =>
  [
    `primary_conninfo = 'host=${host} port=${port} user=${DATABASE.user} application_name=${region}'`,
    `primary_slot_name = '${slot ? slotName(region) : ''}'`,
    `recovery_min_apply_delay = '${replayDelayMs}ms'`,
    '',
  ].join('\n');
