import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A process, identified also by its start time, since pids are reused. */
export interface KnownProcess {
  pid: number;
  started: string;
  command: string;
}

interface Listed extends KnownProcess {
  ppid: number;
}

/** All running processes, without zombies. */
const list = (): Listed[] => (existsSync('/proc/self/stat') ? listProc() : listPs());

function listProc(): Listed[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        // After the command in brackets: state, parent, …; the start time is field 22 of proc(5).
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (fields[0] === 'Z') return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return [{ pid: Number(pid), ppid: Number(fields[1]), started: fields[19]!, command }];
      } catch {
        return []; // it has just exited
      }
    });
}

function listPs(): Listed[] {
  const output = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,lstart=,args='], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 1 << 26,
  });
  return output.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line);
    if (!match || match[3]!.startsWith('Z')) return [];
    return [{ pid: Number(match[1]), ppid: Number(match[2]), started: match[4]!, command: match[5]! }];
  });
}

/** The process and its descendants, as of now. */
export function processTree(pid: number): KnownProcess[] {
  const all = list();
  const inTree = new Set([pid]);
  for (let grew = true; grew;) {
    grew = false;
    for (const process of all) {
      if (!inTree.has(process.ppid) || inTree.has(process.pid)) continue;
      inTree.add(process.pid);
      grew = true;
    }
  }
  return all.filter((process) => inTree.has(process.pid));
}

/** The processes that still run. */
export function stillRunning(processes: KnownProcess[]): KnownProcess[] {
  const now = new Map(list().map((process) => [process.pid, process.started]));
  return processes.filter(({ pid, started }) => now.get(pid) === started);
}

/** Processes whose command line contains this text, a path of the caller. */
export const processesNaming = (text: string): KnownProcess[] => list().filter(({ command }) => command.includes(text));
