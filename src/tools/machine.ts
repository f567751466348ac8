/** What Antipode needs from the machine besides tools, and what the machine has. */
import { access, readFile, statfs } from 'node:fs/promises';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { REPOSITORY } from './cache.ts';
import { firstLine, run } from './command.ts';
import { atLeast } from './tool.ts';

export interface Check {
  name: string;
  /** What the machine has, in words; null for nothing. */
  has: string | null;
  needed: string;
  ok: boolean;
  /** Without an optional item only one feature is missing; `needed` names it. */
  optional: boolean;
  /** The command or edit that fixes it; null if it is ok. */
  fix: string | null;
}

const GIGABYTE = 1024 ** 3;
/** A run of ten million requests records 640 MB; k6's sources and Go's build cache take about one gigabyte once. */
const NEEDED_DISK_BYTES = 2 * GIGABYTE;
const NEEDED_MEMORY_BYTES = 2 * GIGABYTE;
/** A process of a run opens at most two sockets per client, and plans stay below a thousand clients per core. */
const NEEDED_OPEN_FILES = 4096;
/** Linux gives 28,232 (32768-60999); with lanes and a world a request crosses up to five loopback connections. */
const NEEDED_PORTS = 16_384;

/** Checks Node, cores, memory, disk, open files, ports, /proc and Go, in that order; never throws. */
export async function checkMachine(): Promise<Check[]> {
  const node = process.versions.node;
  const cores = availableParallelism();
  const limits = (process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } }).userLimits;
  const openFiles = Number(limits?.open_files?.soft ?? Number.NaN);
  const unlimited = limits?.open_files?.soft === 'unlimited';
  const disk = await statfs(REPOSITORY);
  const freeDisk = disk.bavail * disk.bsize;
  const [memory, ports, proc, go] = await Promise.all([availableMemory(), portRange(), hasProc(), goVersion()]);
  const checks: (Omit<Check, 'fix' | 'optional'> & { fix: string; optional?: boolean })[] = [
    {
      name: 'node',
      has: node,
      needed: '>= 20.19',
      ok: atLeast(node, '20.19'),
      fix: 'Install Node 20.19 or later (nodejs.org, nvm install 22).',
    },
    {
      name: 'cores',
      has: String(cores),
      needed: '>= 2',
      ok: cores >= 2,
      fix: 'Add a second core to the machine or container: k6 and the system under test share them.',
    },
    {
      name: 'memory',
      has: `${gigabytes(memory)} free of ${gigabytes(totalmem())}`,
      needed: `${gigabytes(NEEDED_MEMORY_BYTES)} free`,
      ok: memory >= NEEDED_MEMORY_BYTES,
      fix: 'Close other programs, or lower the rate of the run.',
    },
    {
      name: 'disk',
      has: `${gigabytes(freeDisk)} free`,
      needed: gigabytes(NEEDED_DISK_BYTES),
      ok: freeDisk >= NEEDED_DISK_BYTES,
      fix: 'Free some space; old runs are in runs/.',
    },
    {
      name: 'open files',
      has: unlimited ? 'unlimited' : Number.isNaN(openFiles) ? null : String(openFiles),
      needed: `>= ${NEEDED_OPEN_FILES}`,
      ok: unlimited || openFiles >= NEEDED_OPEN_FILES,
      fix: 'ulimit -n 65536',
    },
    {
      name: 'ports',
      has: ports && `${ports[0]}-${ports[1]}`,
      needed: `>= ${NEEDED_PORTS} ephemeral ports`,
      ok: ports === null || ports[1] - ports[0] + 1 >= NEEDED_PORTS,
      optional: ports === null,
      fix: 'sudo sysctl -w net.ipv4.ip_local_port_range="32768 60999"',
    },
    {
      name: '/proc',
      has: proc ? 'yes' : null,
      needed: 'only to measure the CPU of k6',
      ok: proc,
      optional: true,
      fix: 'Run on Linux; elsewhere the CPU of k6 is not checked.',
    },
    {
      name: 'go',
      has: go.version,
      needed: '>= 1.21, only to build k6 and Toxiproxy',
      ok: go.version !== null && atLeast(go.version, '1.21'),
      optional: true,
      fix: `Install Go (go.dev/dl): ${go.why ?? 'this one is too old'}; without it releases are downloaded.`,
    },
  ];
  return checks.map((check) => ({ optional: false, ...check, fix: check.ok ? null : check.fix }));
}

const gigabytes = (bytes: number): string => `${(bytes / GIGABYTE).toFixed(1)} GB`;

/** Memory available without swapping; Linux's own estimate where there is one (proc(5), MemAvailable). */
async function availableMemory(): Promise<number> {
  const meminfo = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}

async function portRange(): Promise<[number, number] | null> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const [low, high] = range.trim().split(/\s+/).map(Number);
  return low && high ? [low, high] : null;
}

const hasProc = (): Promise<boolean> =>
  access('/proc/self/stat').then(
    () => true,
    () => false,
  );

async function goVersion(): Promise<{ version: string | null; why: string | null }> {
  try {
    // Outside tools/: there an older Go would first fetch the toolchain that go.mod names.
    const output = await run('go', ['version'], { cwd: REPOSITORY, timeoutMs: 10_000 });
    return { version: /\bgo(\d+\.\d+(?:\.\d+)?)/.exec(output)?.[1] ?? null, why: null };
  } catch (error) {
    return { version: null, why: firstLine(error) };
  }
}
