/** The API of one region as the main process sees it: told what it is, it says where it listens and when it serves. */
import type { Program } from './ground.ts';

export interface ServingApi {
  port: number;
  versions: Record<string, string>;
}

/** A start that takes longer than this has failed; on two quiet cores a whole world takes about three seconds. */
const PATIENCE_MS = 20_000;

/** Tells a loaded one what it needs; calls `listening` with its port as soon as it has one. Resolves when it serves. */
export async function introduceApi(
  program: Program,
  start: object,
  listening: (port: number) => Promise<void> = () => Promise.resolve(),
): Promise<ServingApi> {
  program.say({ kind: 'start', ...start });
  const { port } = await program.hear<{ port: number }>('listening', PATIENCE_MS);
  await listening(port);
  const { versions } = await program.hear<{ versions: Record<string, string> }>('ready', PATIENCE_MS);
  program.expectedUp = true;
  return { port, versions };
}
