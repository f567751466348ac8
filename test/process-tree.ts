import { execFileSync } from 'node:child_process';

/** A process that cannot be taken for another one that got its number later. */
export interface KnownProcess {
  pid: number;
  started: string;
  command: string;
}

interface Listed extends KnownProcess {
  ppid: number;
}

function list(): Listed[] {
  const output = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,lstart=,args='], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 1 << 26,
  });
  return output.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line);
    // A zombie runs no more; who its parent is decides when it goes.
    if (!match || match[3]!.startsWith('Z')) return [];
    return [{ pid: Number(match[1]), ppid: Number(match[2]), started: match[4]!, command: match[5]! }];
  });
}

/** The process and everything below it, as of now. */
export function processTree(pid: number): KnownProcess[] {
  const all = list();
  const inTree = new Set([pid]);
  for (let grew = true; grew;) {
    grew = false;
    for (const { pid, ppid } of all) {
      if (!inTree.has(ppid) || inTree.has(pid)) continue;
      inTree.add(pid);
      grew = true;
    }
  }
  return all.filter(({ pid }) => inTree.has(pid));
}

/** Those of them that still run. */
export function stillRunning(processes: KnownProcess[]): KnownProcess[] {
  const now = new Map(list().map((process) => [process.pid, process.started]));
  return processes.filter(({ pid, started }) => now.get(pid) === started);
}
