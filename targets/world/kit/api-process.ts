/** The API of one region as the main process sees it: told where its stores are, who is the primary, where the others are. */
import type { ApiStart, ApiView } from '../active-active/api.ts';
import type { Peers } from '../active-active/cart-routes.ts';
import type { Program } from './ground.ts';

export interface ServingApi {
  port: number;
  versions: Record<string, string>;
}

/** Tells a loaded one where everything is; resolves when it serves, with its port. */
export async function introduceApi(
  program: Program,
  start: Omit<ApiStart, 'kind'>,
  listening: (port: number) => Promise<void>,
  withinMs: number,
): Promise<ServingApi> {
  program.say({ kind: 'start', ...start } satisfies ApiStart);
  const { port } = await program.hear<{ port: number }>('listening', withinMs);
  await listening(port);
  const { versions } = await program.hear<{ versions: Record<string, string> }>('ready', withinMs);
  program.expectedUp = true;
  return { port, versions };
}

/** Tells one that serves who is the primary from now on. */
export const tellApi = (program: Program, view: ApiView): void => program.say({ kind: 'view', ...view });

/** Tells one that serves where it finds the others. */
export const tellPeers = (program: Program, links: Peers): void => program.say({ kind: 'peers', links });
