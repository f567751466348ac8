import { resolveTools, TOOL_NAMES } from '../src/tools/index.ts';

/** Finds or installs every tool before the first test, so that no test waits for a build and none is skipped. */
export async function setup(): Promise<void> {
  await resolveTools(TOOL_NAMES, (message) => console.error(message));
}
