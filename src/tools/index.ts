/** The programs that Antipode runs: where they are, or how to install them. */
import { chromium } from './chromium.ts';
import { findTool, type Search } from './find.ts';
import { k6 } from './k6.ts';
import { moto } from './moto.ts';
import { postgres } from './postgres.ts';
import { prometheus } from './prometheus.ts';
import { redisServer } from './redis-server.ts';
import { resolveTool } from './resolve.ts';
import type { Report, Tool, ToolName } from './tool.ts';
import { toxiproxyServer } from './toxiproxy-server.ts';

export type { Report, ToolName } from './tool.ts';
export { TOOL_NAMES } from './tool.ts';

const TOOLS: Record<ToolName, Tool> = {
  k6,
  'toxiproxy-server': toxiproxyServer,
  'redis-server': redisServer,
  postgres,
  chromium,
  moto,
  prometheus,
};

/**
 * Absolute paths of the tools (for `postgres` the directory of its programs), found or installed in parallel. Order
 * per tool: its ANTIPODE_… variable, PATH, `.cache/tools`, the first available install method. `report` gets a sentence
 * per installation step, none if all tools are found. Throws AntipodeError (exit 2) with the manual steps if one cannot
 * be installed, after the others are done; (exit 130) if `signal` aborts during an installation.
 */
export async function resolveTools<N extends ToolName>(
  names: readonly N[],
  report: Report = () => {},
  signal?: AbortSignal,
): Promise<Record<N, string>> {
  const options = { env: process.env, report, signal };
  const settled = await Promise.allSettled(names.map((name) => resolveTool(TOOLS[name], options)));
  const paths = {} as Record<N, string>;
  for (const [i, name] of names.entries()) {
    const result = settled[i];
    if (result?.status === 'fulfilled') paths[name] = result.value.path;
    else throw result?.reason;
  }
  return paths;
}

/** Where a tool is, without installing it, and its description; for `doctor`. Throws as `findTool` does. */
export async function lookForTool(
  name: ToolName,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Search & { tool: Tool }> {
  return { tool: TOOLS[name], ...(await findTool(TOOLS[name], env)) };
}
