/** Finds tools, and gets once what is not there. A tool that cannot be had is an error, never a skip. */
import { access, constants, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AntipodeError, EXIT, usageError } from '../errors.ts';
import { placeWhole, toolCache } from './cache.ts';
import { firstLine } from './command.ts';
import { cachedAt, findTool, look, type FoundTool } from './find.ts';
import { takeLock } from './owner-lock.ts';
import type { Report, Tool, Way } from './tool.ts';

export interface ResolveOptions {
  env: NodeJS.ProcessEnv;
  report: Report;
  signal: AbortSignal | undefined;
}

/** A cold k6 build may take minutes on a small machine; whoever waits for it waits that long. */
const WAIT_FOR_OTHER_RUN_MS = 20 * 60_000;

/**
 * The tool as found, or as got: built, downloaded, unpacked or installed by the first of its ways that is open, under a
 * lock, so that two runs at once get it once. Throws (exit 2) with everything that was tried and the choices left;
 * on `signal` it stops the work and throws with exit 130.
 */
export async function resolveTool(tool: Tool, options: ResolveOptions): Promise<FoundTool> {
  try {
    return await findOrGet(tool, options);
  } catch (error) {
    if (!options.signal?.aborted) throw error;
    throw new AntipodeError(EXIT.interrupted, {
      what: `Interrupted while ${tool.name} was being got; nothing was sent`,
      cause: error,
    });
  }
}

async function findOrGet(tool: Tool, options: ResolveOptions): Promise<FoundTool> {
  const first = await findTool(tool, options.env);
  if (first.found) return first.found;

  const cache = await writableCache(options.env);
  await using _lock = await takeLock(join(cache, 'locks', tool.name), {
    waitAtMostMs: WAIT_FOR_OTHER_RUN_MS,
    onWait: (pid) => options.report(`${tool.name}: another run (process ${pid}) is getting it; waiting`),
    signal: options.signal,
  });
  // The run that had the lock before may have got it.
  const again = await findTool(tool, options.env);
  if (again.found) return again.found;

  const tried = [...again.passedOver];
  for (const way of tool.ways) {
    const hindrance = await way.hindrance();
    if (hindrance !== null) {
      tried.push(hindrance);
      continue;
    }
    try {
      return await take(tool, way, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      tried.push(`${way.says} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw missing(tool, tried);
}

async function take(tool: Tool, way: Way, options: ResolveOptions): Promise<FoundTool> {
  const startedAt = performance.now();
  options.report(`${tool.name}: ${way.says}`);
  const cached = cachedAt(tool, options.env);
  if (cached && tool.cached) {
    const within = tool.cached.path;
    await placeWhole(
      cached.folder,
      (stage) => way.get(stage, options.signal),
      async (stage) => {
        const looked = await look(tool, join(stage, within));
        if (!looked.ok) throw new Error(`what was ${way.done} will not do: ${looked.why}`);
      },
    );
  } else {
    const stage = await mkdtemp(join(tmpdir(), 'antipode-'));
    try {
      await way.get(stage, options.signal);
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
  }
  const { found, passedOver } = await findTool(tool, options.env);
  if (!found) throw new Error(`it was ${way.done}, yet it is not found: ${passedOver.join('; ')}`);
  options.report(`${tool.name}: ${way.done} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
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
      what: 'The cache of tools cannot be written',
      where: cache,
      got: firstLine(error),
      next: 'Set ANTIPODE_CACHE to a folder that can be written.',
      cause: error,
    });
  }
}

function missing(tool: Tool, tried: string[]): Error {
  return usageError({
    what: `${tool.name} is not here and could not be had`,
    got: tried.length > 0 ? tried.join('; ') : 'nothing on PATH',
    expected: `${tool.name} ${tool.needed}`,
    next: `Choose one: ${tool.choices.join(' | ')}.`,
  });
}
