/** Starts the API of one region: the main process sends its settings, the API reports its port and when it serves. */
import type { Program } from './ground.ts';

export interface ServingApi {
  port: number;
  versions: Record<string, string>;
}

/** A whole world starts in about three seconds on two idle cores. */
const TIMEOUT_MS = 20_000;

/** Sends a loaded API program its settings; calls `listening` with its port. Resolves when the API serves. */
export async function startApi(
  program: Program,
  start: object,
  listening: (port: number) => Promise<void> = () => Promise.resolve(),
): Promise<ServingApi> {
  program.send({ kind: 'start', ...start });
  const { port } = await program.receive<{ port: number }>('listening', TIMEOUT_MS);
  await listening(port);
  const { versions } = await program.receive<{ versions: Record<string, string> }>('ready', TIMEOUT_MS);
  program.expectedUp = true;
  return { port, versions };
}
