/** A real Prometheus on a free port of 127.0.0.1, with the shipped configuration. */
import { execa } from 'execa';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveTools } from '../src/tools/index.ts';
import { OBSERVABILITY } from './dashboard.ts';

/** One series of a result: its labels, and its values over time. */
export interface Series {
  metric: Record<string, string>;
  values: number[];
}

export interface Prometheus extends AsyncDisposable {
  /** URL for k6's remote write. */
  writeUrl: string;
  /** The result of a query between two times (epoch ms), every 5 s. */
  range(query: string, fromEpochMs: number, toEpochMs: number): Promise<Series[]>;
  /** Values of a label in the series of a selector. */
  labelValues(label: string, selector: string): Promise<string[]>;
}

const STEP_SECONDS = 5;
const TIMEOUT_MS = 60_000;

/**
 * Starts a Prometheus that scrapes `world` (host:port) in place of the world in docker-compose.yml. Stops with the
 * scope.
 */
export async function startPrometheus(world: string): Promise<Prometheus> {
  const { prometheus } = await resolveTools(['prometheus']);
  const folder = await mkdtemp(join(tmpdir(), 'antipode-prometheus-'));
  const shipped = await readFile(join(OBSERVABILITY, 'prometheus.yml'), 'utf8');
  const config = join(folder, 'prometheus.yml');
  await writeFile(config, shipped.replace('world:20081', world));
  const child = execa(
    join(prometheus, 'prometheus'),
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      '--web.enable-remote-write-receiver',
      '--enable-feature=native-histograms',
    ],
    { all: true, reject: false, buffer: false, cleanup: true, forceKillAfterDelay: 10_000 },
  );
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await child;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const address = await listening(child.all);
    const get = async (path: string, query: Record<string, string>): Promise<unknown> => {
      const url = `http://${address}${path}?${new URLSearchParams(query).toString()}`;
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      const text = await response.text();
      if (!response.ok) throw new Error(`${url} returned status ${response.status}: ${text}`);
      return (JSON.parse(text) as { data: unknown }).data;
    };
    return {
      writeUrl: `http://${address}/api/v1/write`,
      async range(query, fromEpochMs, toEpochMs) {
        const [start, end] = [fromEpochMs, toEpochMs].map((ms) => String(ms / 1000)) as [string, string];
        const data = await get('/api/v1/query_range', { query, start, end, step: String(STEP_SECONDS) });
        const { result } = data as { result: { metric: Series['metric']; values: [number, string][] }[] };
        return result.map(({ metric, values }) => ({ metric, values: values.map(([, value]) => Number(value)) }));
      },
      async labelValues(label, selector) {
        return (await get(`/api/v1/label/${label}/values`, { 'match[]': selector })) as string[];
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address in its log, once it is ready; an error with its log if it exits first. */
function listening(output: NodeJS.ReadableStream): Promise<string> {
  let log = '';
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`Prometheus did not start in time:\n${log}`)), TIMEOUT_MS);
    // Keeps reading, or Prometheus would block on its output.
    output.on('data', (chunk: Buffer) => {
      log = (log + String(chunk)).slice(-50_000);
      const address = /msg="Listening on" address=(\S+)/.exec(log)?.[1];
      if (address === undefined || !log.includes('Server is ready to receive web requests')) return;
      clearTimeout(late);
      resolve(address);
    });
    output.once('end', () => {
      clearTimeout(late);
      reject(new Error(`Prometheus exited:\n${log}`));
    });
  });
}
