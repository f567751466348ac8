/**
 * What a tool is: how it is recognised, which version will do, and the ways to get it. One file per tool beside this.
 */

export const TOOL_NAMES = [
  ...(['k6', 'toxiproxy-server', 'redis-server', 'postgres'] as const),
  // For tests alone.
  ...(['chromium', 'moto', 'prometheus'] as const),
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** Hears one sentence per step of getting a tool, for people: 'k6: built in 71.3 s'. */
export type Report = (message: string) => void;

export interface Tool {
  name: ToolName;
  /** Environment variable that names it outright; it wins over everything and is never second-guessed. */
  variable: string;
  /** Names it goes by on PATH, best first. */
  executables: string[];
  /** Which versions will do, in words: '>= 2.2 < 3'. */
  needed: string;
  accepts(version: string): boolean;
  /** `file`: the tool is one executable. `directory`: it is the directory that the executables lie in. */
  is: 'file' | 'directory';
  /** Runs the executable (or the ones of the directory) and returns the version it says; throws if it does not run. */
  version(path: string): Promise<string>;
  /**
   * Folder of the cache that holds it once it has been got, and the tool's path in there; null for a tool that is
   * installed into the system. The folder's name carries version and platform, so a new pin is a new folder.
   */
  cached: { folder: string; path: string } | null;
  ways: Way[];
  /** The choices a person has when all ways are shut, best first; one command each. */
  choices: string[];
}

/** One way to get a tool. */
export interface Way {
  /** What it does and how long that takes: 'building v2.2.0 with Go (about two minutes, once)'. */
  says: string;
  /** What it is called once done: 'built'. */
  done: string;
  /** Why it is shut on this machine, or null. */
  hindrance(): Promise<string | null>;
  /** Gets the tool; a cached tool goes into `stage`, an empty folder that becomes `cached.folder` if the tool runs. */
  get(stage: string, signal: AbortSignal | undefined): Promise<void>;
}

/** `linux-x64`: the part of a cache folder's name that keeps two machines on one disk apart. */
export const PLATFORM = `${process.platform}-${process.arch}`;

/** Whether dotted version `a` is at least `b`, compared number by number; missing numbers are 0. */
export function atLeast(a: string, b: string): boolean {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
