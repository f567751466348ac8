/** The API of one region as the main process sees it: started, told where its stores are, started again on its port. */
import type { ApiStart, ApiView } from './api.ts';
import type { Child } from './child.ts';
import type { Children } from './children.ts';

/** Loads the program; it waits to be told what it is. */
export const loadApi = (children: Children, file: string, region: string): Child =>
  children.start({ name: `api-${region}`, command: process.execPath, args: [file], talks: true });

export interface ServingApi {
  port: number;
  versions: Record<string, string>;
}

/** Tells a loaded one where everything is; resolves when it serves, with its port. */
export async function introduceApi(
  child: Child,
  start: Omit<ApiStart, 'kind'>,
  listening: (port: number) => Promise<void>,
  withinMs: number,
): Promise<ServingApi> {
  child.say({ kind: 'start', ...start } satisfies ApiStart);
  const { port } = await child.hear<{ port: number }>('listening', withinMs);
  await listening(port);
  const { versions } = await child.hear<{ versions: Record<string, string> }>('ready', withinMs);
  child.expectedUp = true;
  return { port, versions };
}

/** Tells one that serves who is the primary from now on. */
export const tellApi = (child: Child, view: ApiView): void => child.say({ kind: 'view', ...view });

/** Tells one that serves where it finds the others. */
export const tellPeers = (child: Child, ports: Record<string, number>): void => child.say({ kind: 'peers', ports });
