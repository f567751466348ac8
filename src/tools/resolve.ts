/** Finds tools, and installs missing ones once. A tool that cannot be installed is an error, never a skip. */
import { access, constants, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AntipodeError, EXIT, usageError } from '../errors.ts';
import { placeWhole, toolCache } from './cache.ts';
import { firstLine } from './command.ts';
import { cachedAt, checkVersion, findTool, type FoundTool } from './find.ts';
import { takeLock } from './owner-lock.ts';
import type { InstallMethod, Report, Tool } from './tool.ts';

export interface ResolveOptions {
  env: NodeJS.ProcessEnv;
  report: Report;
  signal: AbortSignal | undefined;
}

/** A cold k6 build may take minutes on a small machine, and other runs wait for it. */
const WAIT_FOR_OTHER_RUN_MS = 20 * 60_000;

/**
 * The tool as found, or as installed by the first available method, under a lock, so that two runs at once install it
 * once. Throws (exit 2) with everything that was tried and the manual steps; on `signal` it stops and throws with exit
 * 130.
 */
export async function resolveTool(tool: Tool, options: ResolveOptions): Promise<FoundTool> {
  try {
    return await findOrInstall(tool, options);
  } catch (error) {
    if (!options.signal?.aborted) throw error;
    throw new AntipodeError(EXIT.interrupted, {
      what: `Interrupted while installing ${tool.name}; nothing was sent`,
      cause: error,
    });
  }
}

async function findOrInstall(tool: Tool, options: ResolveOptions): Promise<FoundTool> {
  const first = await findTool(tool, options.env);
  if (first.found) return first.found;

  const cache = await writableCache(options.env);
  await using _lock = await takeLock(join(cache, 'locks', tool.name), {
    timeoutMs: WAIT_FOR_OTHER_RUN_MS,
    onWait: (pid) => options.report(`${tool.name}: another run (process ${pid}) is installing it; waiting`),
    signal: options.signal,
  });
  // The run that held the lock may have installed it.
  const again = await findTool(tool, options.env);
  if (again.found) return again.found;

  const tried = [...again.rejected];
  for (const method of tool.methods) {
    const whyUnavailable = await method.whyUnavailable();
    if (whyUnavailable !== null) {
      tried.push(whyUnavailable);
      continue;
    }
    try {
      return await install(tool, method, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      tried.push(`${method.description} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw missing(tool, tried);
}

async function install(tool: Tool, method: InstallMethod, options: ResolveOptions): Promise<FoundTool> {
  const startedAt = performance.now();
  options.report(`${tool.name}: ${method.description}`);
  const cached = cachedAt(tool, options.env);
  if (cached && tool.cached) {
    const within = tool.cached.path;
    await placeWhole(
      cached.folder,
      (stage) => method.install(stage, options.signal),
      async (stage) => {
        const checked = await checkVersion(tool, join(stage, within));
        if (!checked.ok) throw new Error(`it was ${method.pastTense} but is not usable: ${checked.why}`);
      },
    );
  } else {
    const stage = await mkdtemp(join(tmpdir(), 'antipode-'));
    try {
      await method.install(stage, options.signal);
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
  }
  const { found, rejected } = await findTool(tool, options.env);
  if (!found) throw new Error(`it was ${method.pastTense} but not found: ${rejected.join('; ')}`);
  options.report(`${tool.name}: ${method.pastTense} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return found;
}

async function writableCache(env: NodeJS.ProcessEnv): Promise<string> {
  const cache = toolCache(env);
  try {
    await mkdir(cache, { recursive: true });
    await access(cache, constants.W_OK);
    return cache;
  } catch (error) {
    throw usageError({
      what: 'the tool cache is not writable',
      where: cache,
      got: firstLine(error),
      next: 'Set ANTIPODE_CACHE to a writable folder.',
      cause: error,
    });
  }
}

function missing(tool: Tool, tried: string[]): Error {
  return usageError({
    what: `${tool.name} was not found and could not be installed`,
    got: tried.length > 0 ? tried.join('; ') : 'nothing on PATH',
    expected: `${tool.name} ${tool.needed}`,
    next: `Do one of these: ${tool.manualSteps.join(' | ')}.`,
  });
}
