/** A small target on loopback, with its target file and profile: one region, one operation. */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify as toYaml } from 'yaml';
import type { RecordedRow } from '../src/formats/recording.ts';
import { antipode, finished, judged, type Finished } from './antipode.ts';
import { readRecording } from './play.ts';
import { written } from './tls-server.ts';

export interface OwnSystem extends AsyncDisposable {
  /** Directory of the target file and profile; put files that the target names here. */
  folder: string;
  /**
   * Starts an HTTP server that stops with the scope; it responds with 200 and {} unless `answer` does otherwise.
   * Returns its port.
   */
  serve(answer?: RequestListener, at?: { host?: string; port?: number }): Promise<number>;
  /** Writes the target file of this run and returns its path. */
  write(given: Pick<OwnRun, 'port' | 'target'>): Promise<string>;
  /** Runs `load` or `chaos` (repeated if the machine was too busy), or another command, against the target. */
  run(given: OwnRun): Promise<Finished>;
}

export interface OwnRun {
  /** Ports of the regions, in the order of REGIONS, unless `target` has its own regions. */
  port?: number | readonly number[];
  command?: string;
  /** Keys of the target file that replace the defaults. */
  target?: Record<string, unknown>;
  /** Keys of the profile that replace the defaults. */
  profile?: Record<string, unknown>;
  flags?: string[];
  environment?: Record<string, string>;
  /** A command that runs the one that follows it, like `prlimit`. */
  through?: string[];
  /** Accepts the run even if the machine was too busy, for tests that only read its rows. */
  once?: boolean;
}

export const NAME = 'a.example.test';

/** Regions for several servers in one run. */
export const REGIONS = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ca-central-1',
  'sa-east-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-central-1',
  'eu-north-1',
  'ap-south-1',
];

/** Without aliases, which target files do not support. */
const stringify = (value: unknown): string => toYaml(value, { aliasDuplicateObjects: false });

const skeleton = (ports: readonly number[]): Record<string, unknown> => ({
  acknowledged: true,
  maxRatePerSecond: 200,
  lanes: 'emulate',
  allowHosts: [NAME],
  resolve: { [NAME]: '127.0.0.1' },
  regions: ports.map((port, i) => ({ id: REGIONS[i], url: `http://${NAME}:${port}` })),
  operations: [{ name: 'get', path: '/items/{key}' }],
  claims: [{ id: 'availability', kind: 'availability', classes: ['read', 'write', 'auth'], maxBadShare: 0.05 }],
});

const crowd: Record<string, unknown> = {
  title: 'One city',
  arrivals: { ratePerSecond: 20 },
  session: { meanRequests: 4, thinkMedianMs: 200 },
  access: { fixed: 1 },
  mix: { get: 1 },
  origins: { 'new-york': 1 },
};

export async function ownSystem(): Promise<OwnSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'antipode-system-'));
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const servers: Server[] = [];
  const runDirs = new Set<string>();
  let runs = 0;
  const write: OwnSystem['write'] = ({ port = 1, target = {} }) => {
    runs += 1;
    return written(folder, `system-${runs}.yaml`, stringify({ ...skeleton([port].flat()), ...target }));
  };
  return {
    folder,
    write,
    async serve(answer = (_, response) => void response.end('{}'), { host = '127.0.0.1', port = 0 } = {}) {
      const server = createServer(answer);
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
      servers.push(server);
      return (server.address() as AddressInfo).port;
    },
    async run({
      port = 1,
      command = 'load',
      target = {},
      profile = {},
      flags = [],
      environment = {},
      through = [],
      once = false,
    }) {
      const targetFile = await write({ port, target });
      const profileFile = await written(folder, `crowd-${runs}.yaml`, stringify({ ...crowd, ...profile }));
      const length = command === 'load' && !flags.includes('--duration') ? ['--duration', '6'] : [];
      const args = [command, '--profile', profileFile, '--target', targetFile, ...length, ...flags];
      const given = { TMPDIR: temporary, ...environment };
      const run =
        ['load', 'chaos'].includes(command) && !once
          ? await judged(args, given, through)
          : await finished(antipode(args, given, undefined, through));
      if (run.runDir) runDirs.add(run.runDir);
      return run;
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      for (const dir of [folder, ...runDirs]) await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Rows of a run except the control series, and the other lines of the recording. */
export async function recordingOf(runDir: string): Promise<{ rows: RecordedRow[]; otherLines: string[] }> {
  const { rows, otherLines } = readRecording(await readFile(join(runDir, 'recording.log'), 'utf8'));
  const { operations } = JSON.parse(await readFile(join(runDir, 'plan.json'), 'utf8')) as { operations: unknown[] };
  const timetable = await readFile(join(runDir, 'timetable.bin'));
  const isControl = ({ row }: RecordedRow): boolean => timetable.readUInt16LE(row * 16 + 4) === operations.length - 1;
  return { rows: rows.filter((row) => !isControl(row)), otherLines };
}

/** The files of a run that contain `text`: none may contain a secret. */
export async function filesHolding(runDir: string, text: string): Promise<string[]> {
  const files = await readdir(runDir);
  const holds = await Promise.all(files.map(async (file) => (await readFile(join(runDir, file))).includes(text)));
  return files.filter((_, i) => holds[i]);
}
