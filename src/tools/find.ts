/** Looks for an installed tool: environment variable, then PATH, then the cache. */
import { access, constants, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { usageError } from '../errors.ts';
import { toolCache } from './cache.ts';
import { firstLine } from './command.ts';
import type { Tool } from './tool.ts';

export interface FoundTool {
  path: string;
  version: string;
  source: 'environment' | 'path' | 'cache';
}

export interface Search {
  found: FoundTool | null;
  /** Candidates that were rejected, and why: '/usr/bin/postgres is 15.12'. */
  rejected: string[];
}

/**
 * Where `tool` is, or null and the rejected candidates. A path in the tool's variable that is not the tool, or is an
 * unsupported version, is a usage error (exit 2): it is never silently replaced.
 */
export async function findTool(tool: Tool, env: NodeJS.ProcessEnv): Promise<Search> {
  const named = env[tool.variable];
  if (named) return { found: await checkNamed(tool, named), rejected: [] };

  const rejected: string[] = [];
  for (const [source, path] of [...(await onPath(tool, env)), ...(await inCache(tool, env))]) {
    const checked = await checkVersion(tool, path);
    if (checked.ok) return { found: { path, version: checked.version, source }, rejected };
    rejected.push(checked.why);
  }
  return { found: null, rejected };
}

/** Where `tool` is or would be in the cache; null for a tool that is installed into the system. */
export function cachedAt(tool: Tool, env: NodeJS.ProcessEnv): { folder: string; path: string } | null {
  if (!tool.cached) return null;
  const folder = join(toolCache(env), tool.cached.folder);
  return { folder, path: join(folder, tool.cached.path) };
}

/** Runs the tool at `path` for its version and checks that the version is supported. */
export async function checkVersion(
  tool: Tool,
  path: string,
): Promise<{ ok: true; version: string } | { ok: false; why: string }> {
  try {
    const version = await tool.version(path);
    return tool.accepts(version) ? { ok: true, version } : { ok: false, why: `${path} is ${version}` };
  } catch (error) {
    return { ok: false, why: `${path} does not run (${firstLine(error)})` };
  }
}

async function checkNamed(tool: Tool, named: string): Promise<FoundTool> {
  const expected = `${tool.name} ${tool.needed} as a ${tool.is}`;
  const next = `Correct ${tool.variable}, or unset it to let Antipode find or install ${tool.name}.`;
  const wrong = (got: string) =>
    usageError({ what: `not a usable ${tool.name}`, where: tool.variable, got, expected, next });
  if (!isAbsolute(named)) throw wrong(`the relative path ${named}`);
  const status = await stat(named).catch(() => null);
  if (!status) throw wrong(`${named}, which does not exist`);
  if (tool.is === 'directory' && !status.isDirectory()) throw wrong(`${named}, which is a file`);
  if (tool.is === 'file' && !status.isFile()) throw wrong(`${named}, which is a directory`);
  const checked = await checkVersion(tool, named);
  if (!checked.ok) throw wrong(checked.why);
  return { path: named, version: checked.version, source: 'environment' };
}

async function onPath(tool: Tool, env: NodeJS.ProcessEnv): Promise<['path', string][]> {
  const found = new Set<string>();
  for (const executable of tool.executables) {
    for (const directory of (env['PATH'] ?? '').split(delimiter).filter(isAbsolute)) {
      const path = join(directory, executable);
      const runs = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (!runs) continue;
      // PostgreSQL's programs need each other: take the directory that a link on PATH points into.
      if (tool.is === 'directory') found.add(dirname(await realpath(path)));
      else found.add(path);
    }
  }
  return [...found].map((path) => ['path', path]);
}

async function inCache(tool: Tool, env: NodeJS.ProcessEnv): Promise<['cache', string][]> {
  const cached = cachedAt(tool, env);
  return cached && (await stat(cached.folder).catch(() => null)) ? [['cache', cached.path]] : [];
}
