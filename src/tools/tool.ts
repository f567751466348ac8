/**
 * What a tool is: how it is recognised, which versions are supported, and how it is installed. One file per tool.
 */

export const TOOL_NAMES = [
  ...(['k6', 'toxiproxy-server', 'redis-server', 'postgres'] as const),
  // For tests only.
  ...(['chromium', 'moto', 'prometheus'] as const),
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** Gets one sentence per installation step, for display: 'k6: built in 71.3 s'. */
export type Report = (message: string) => void;

export interface Tool {
  name: ToolName;
  /** Environment variable with its path; it overrides everything else. */
  variable: string;
  /** Its names on PATH, best first. */
  executables: string[];
  /** Supported versions, in words: '>= 2.2 < 3'. */
  needed: string;
  accepts(version: string): boolean;
  /** `file`: the tool is one executable. `directory`: it is the directory of the executables. */
  is: 'file' | 'directory';
  /** Runs the executable (or those of the directory) and returns its version; throws if it does not run. */
  version(path: string): Promise<string>;
  /**
   * Its folder in the cache, and the tool's path in that folder; null for a tool that is installed into the system. The
   * folder's name contains version and platform, so a new pin is a new folder.
   */
  cached: { folder: string; path: string } | null;
  methods: InstallMethod[];
  /** What the user can do if no method works, best first; one command each. */
  manualSteps: string[];
}

/** One way to install a tool. */
export interface InstallMethod {
  /** What it does and how long that takes: 'building v2.2.0 with Go (about two minutes, once)'. */
  description: string;
  /** The past tense, for messages: 'built'. */
  pastTense: string;
  /** Why it does not work on this machine; null if it does. */
  whyUnavailable(): Promise<string | null>;
  /** Installs the tool; a cached one into `stage`, an empty folder that becomes `cached.folder` if the tool runs. */
  install(stage: string, signal: AbortSignal | undefined): Promise<void>;
}

/** `linux-x64`: in names of cache folders, because two machines may share one disk. */
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
