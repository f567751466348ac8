import { readFile } from 'node:fs/promises';

/** USER_HZ: the unit of utime and stime in /proc/<pid>/stat; 100 on every Linux that Node runs on (man 5 proc). */
const TICKS_PER_SECOND = 100;

export interface ProcessUsage {
  cpuSeconds: number;
  rssBytes: number;
}

/** CPU and memory of a process so far; null when it has exited or the system has no /proc. */
export async function processUsage(pid: number): Promise<ProcessUsage | null> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    // The command name may hold spaces and brackets; the fields after its last bracket do not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      rssBytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024,
    };
  } catch {
    return null;
  }
}
