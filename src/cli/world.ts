/** `npm run world`: runs a reference system for manual use. */
import type { Command } from 'commander';
import { WORLDS } from '../config/worlds.ts';
import { AntipodeError, brokenError, EXIT, usageError } from '../errors.ts';
import type { WorldRegion } from '../formats/world-file.ts';
import { type FisEndpoint, startFisEndpoint } from '../run/fis-endpoint.ts';
import { checkWorld, type RunningWorld, startWorld } from '../run/world.ts';
import { resolveTools } from '../tools/index.ts';
import { routingSpeed } from './plan-flags.ts';

/** Adds `world <name>`: starts it, prints its URLs, and keeps it running until Ctrl-C. */
export function addWorldCommand(program: Command): void {
  const names = Object.entries(WORLDS).map(([name, { title }]) => `${name} (${title})`);
  const defects = Object.entries(WORLDS).flatMap(([name, world]) =>
    Object.entries(world.defects).map(([id, { breaks, what }]) => `  ${name}  ${id.padEnd(15)} ${what} [${breaks}]`),
  );
  program
    .command('world')
    .description('start a reference system and keep it running until Ctrl-C')
    .argument('<name>', `one of ${names.join(', ')}`)
    .option('--defect <id>', 'plant a defect in it')
    .option(
      '--speed <speed>',
      'its health checks and DNS: fast (1 s x 3, TTL 5 s; the default) or real (30 s x 3, TTL 60 s)',
    )
    .option('--fis', 'also start an endpoint that speaks the AWS FIS protocol and injects faults into this world')
    .option('--fis-scale <times>', 'speed of the clock of that endpoint, as a multiple of real time', '1')
    .option('--json', 'print the description of the world as a line of JSON')
    .addHelpText('after', `\nDefects, each with the claim or experiment that detects it:\n${defects.join('\n')}`)
    .action(async (name: string, flags: WorldFlags) => {
      process.exitCode = await keepRunning(name, flags);
    });
}

interface WorldFlags {
  defect?: string;
  speed?: string;
  fis?: true;
  fisScale: string;
  json?: true;
}

/** Beyond this a minute of FIS would be shorter than the resolution of its clock. */
const MAX_SCALE = 600;

function scaleOf(text: string): number {
  const scale = Number(text);
  if (scale >= 1 && scale <= MAX_SCALE) return scale;
  throw usageError({
    where: '--fis-scale',
    what: 'invalid number',
    got: `"${text}"`,
    expected: `a number from 1 to ${MAX_SCALE}`,
  });
}

async function keepRunning(name: string, flags: WorldFlags): Promise<number> {
  const { defect = null, json } = flags;
  checkWorld(name, defect);
  const speed = routingSpeed(flags.speed);
  const scale = scaleOf(flags.fisScale);
  const interrupt = new AbortController();
  const early = new AntipodeError(EXIT.interrupted, {
    what: 'interrupted before the world was ready; everything was stopped',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort(early));
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const tools = await resolveTools(['postgres', 'toxiproxy-server', 'redis-server'], log, interrupt.signal);
  log(`Starting ${name}${defect ? ` with defect ${defect}` : ''} ...`);
  await using running = await startWorld({ world: name, defect, speed, tools, signal: interrupt.signal });
  await using fis = flags.fis ? await startFisEndpoint(running.worldFilePath, scale) : null;
  const beside = fis ? { fis: { url: fis.url, scale: fis.scale } } : {};
  process.stdout.write(json ? `${JSON.stringify({ ...running.file, ...beside })}\n` : description(running, fis));
  const why = await Promise.race([running.lost, aborted(interrupt.signal)]);
  if (why !== null) throw brokenError({ what: `world ${name} stopped unexpectedly: ${why}` });
  log('\nStopping ...');
  await fis?.[Symbol.asyncDispose]();
  await running.stop();
  log('Stopped.');
  return EXIT.pass;
}

const aborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });

/** The URLs of the world, and example commands. */
function description(running: RunningWorld, fis: FisEndpoint | null): string {
  const { file, worldFilePath, tookMs } = running;
  const defect = file.defect ? WORLDS[file.world]!.defects[file.defect]! : null;
  return [
    `${file.world} is ready after ${(tookMs / 1000).toFixed(1)} s (${worldFilePath})`,
    ...(defect ? [`Planted defect ${file.defect}: ${defect.what}. Detected by ${defect.breaks}.`] : []),
    '',
    ...file.regions.flatMap(regionLines),
    `edge         ${file.edge.url}/assets/1.js`,
    `routing      ${file.routing.url}/resolve?city=tokyo&lat=35.7&lon=139.7  (TTL ${file.routing.ttlSeconds} s, health checks every ${file.routing.intervalMs / 1000} s x ${file.routing.threshold}: speed ${file.routing.speed})`,
    `control      ${file.control.url}/processes  (/truth /lag /metrics; POST /processes/<name>/stop, freeze, empty, fill, pause, restore)`,
    `Toxiproxy    ${file.toxiproxy.url}/proxies  (${file.links.length} links)`,
    ...(fis
      ? [`FIS          AWS_ENDPOINT_URL_FIS=${fis.url}  (any credentials; a minute takes ${60 / fis.scale} s; /_local)`]
      : []),
    '',
    'Try:',
    ...examples(running).map((line) => `  ${line}`),
    '',
    'Ctrl-C stops it.',
    '',
  ].join('\n');
}

const regionLines = ({
  id,
  role,
  url,
  directUrl,
  postgresUrl,
  redisUrl,
  rttToPrimaryMs: rttMs,
}: WorldRegion): string[] => [
  `${id}  ${role}${rttMs !== null && rttMs > 0 ? `, ${rttMs} ms from the primary` : ''}`,
  `  clients    ${url}`,
  `  API        ${directUrl}  (/health ${postgresUrl === null ? '' : '/lag '}/counters)`,
  ...(postgresUrl === null ? [] : [`  PostgreSQL psql ${postgresUrl}`]),
  ...(redisUrl === null ? [] : [`  Redis      redis-cli -u ${redisUrl}`]),
];

/** The example commands of the world, with its URLs. */
const examples = ({ file, worldFilePath }: RunningWorld): string[] =>
  WORLDS[file.world]!.examples.map((line) =>
    file.regions
      .reduce((filled, { id, url }) => filled.replaceAll(`{${id}}`, url), line)
      .replaceAll('{world.json}', worldFilePath),
  );
