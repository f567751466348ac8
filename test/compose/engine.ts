/**
 * A real Docker engine for the tests: in its own directory and its own process and mount namespaces, but in the
 * machine's network, so that published ports are on 127.0.0.1 and a build reaches npm's registry. It does not change
 * the firewall or enable forwarding; containers reach only each other.
 */
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { takeLock } from '../../src/tools/owner-lock.ts';
import { processTree } from '../process-tree.ts';
import { sweep } from './leftovers.ts';
import { type EnginePrograms, enginePrograms } from './programs.ts';

export interface DockerOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Its standard input. */
  input?: string;
  /** Default: two minutes. */
  timeoutMs?: number;
  /** false: failures are returned, not thrown. */
  reject?: boolean;
}

export interface DockerResult {
  /** null if it did not start, or was killed by its timeout or another signal. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface Engine extends AsyncDisposable {
  /** Directory of everything that it writes. */
  directory: string;
  /** Environment for other commands that use this engine, its docker and its Compose. */
  env: Record<string, string>;
  versions: { engine: string; compose: string; cli: string; runc: string };
  /** The architecture of images, as the engine names it. */
  architecture: string;
  /** The process that owns it; everything stops when it exits. */
  pid: number;
  /** `docker` with these arguments. Throws with the last lines it printed, unless `reject` is false. */
  docker(args: string[], options?: DockerOptions): Promise<DockerResult>;
}

const PREFIX = 'antipode-compose-';
/** Less than the hook timeout of a test, so that the error names the other process. */
const WAIT_FOR_OTHER_ENGINE_MS = 9 * 60_000;
const READY_WITHIN_MS = 60_000;
const DOCKER_TIMEOUT_MS = 120_000;
const STOP_WITHIN_MS = 30_000;
const POLL_EVERY_MS = 100;

/**
 * containerd puts sockets into /run, which cannot be configured, so /run gets an overlay in memory. Arguments: the log,
 * an empty directory, the command.
 */
const OWN_RUN = `set -e
exec >>"$1" 2>&1
shift
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work"
mount -t overlay -o "lowerdir=/run,upperdir=$1/upper,workdir=$1/work" overlay /run
shift
exec "$@"`;

/**
 * Removes leftovers of killed engines and starts a new one; waits while another test has one. It stops on disposal, and
 * at once (with containers and mounts) when this process dies.
 */
export async function startEngine(log: (message: string) => void): Promise<Engine> {
  const lock = await takeLock(join(tmpdir(), 'antipode-locks', 'compose-engine'), {
    timeoutMs: WAIT_FOR_OTHER_ENGINE_MS,
    onWait: (pid) => log(`process ${pid} runs a Docker engine; waiting for its exit`),
  });
  try {
    // While we hold the lock no engine runs: every engine directory is a leftover.
    for (const left of (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX))) {
      log(`removing leftovers of a killed Docker engine in ${left}`);
      await sweep(join(tmpdir(), left));
    }
    return await start(await enginePrograms(log), lock);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function start({ programs, plugins, versions }: EnginePrograms, lock: AsyncDisposable): Promise<Engine> {
  const directory = await mkdtemp(join(tmpdir(), PREFIX));
  const socket = `unix://${join(directory, 'sock')}`;
  const env = {
    DOCKER_HOST: socket,
    DOCKER_CONFIG: join(directory, 'config'),
    // These would point the client to another engine.
    DOCKER_CONTEXT: '',
    DOCKER_TLS_VERIFY: '',
    DOCKER_API_VERSION: '',
    PATH: `${programs}:${process.env['PATH'] ?? ''}`,
  };
  let running: ReturnType<typeof hold> | undefined;
  const docker = (args: string[], options: DockerOptions = {}) =>
    callDocker(join(programs, 'docker'), env, args, options);
  const dispose = async () => {
    try {
      if (running) await stop(running, docker);
      await sweep(directory);
    } finally {
      await lock[Symbol.asyncDispose]();
    }
  };
  try {
    for (const name of ['config', 'run']) await mkdir(join(directory, name));
    await symlink(plugins, join(env.DOCKER_CONFIG, 'cli-plugins'));
    await writeFile(join(directory, 'daemon.json'), '{}');
    running = hold(directory, socket, env);
    const architecture = await ready(running, docker, directory);
    return {
      directory,
      env,
      versions: {
        engine: versions['dockerd']!,
        compose: versions['docker-compose']!,
        cli: versions['docker']!,
        runc: versions['runc']!,
      },
      architecture,
      pid: running.pid!,
      docker,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * setpriv: it dies with this process. unshare --kill-child: its command is the first process of a new PID namespace,
 * and dies with it.
 */
function hold(directory: string, socket: string, env: Record<string, string>) {
  const namespaces = ['--mount', '--propagation', 'slave', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const network = ['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false', '--bridge=none'];
  const dockerd = [
    'dockerd',
    `--config-file=${join(directory, 'daemon.json')}`,
    `--host=${socket}`,
    ...network,
    `--data-root=${join(directory, 'data')}`,
    `--exec-root=${join(directory, 'exec')}`,
    `--pidfile=${join(directory, 'pid')}`,
    // A unique name, to find its control groups; systemd requires another form of name.
    '--exec-opt=native.cgroupdriver=cgroupfs',
    `--cgroup-parent=/${basename(directory)}`,
  ];
  const places = [join(directory, 'log'), join(directory, 'run')];
  const inside = ['sh', '-c', OWN_RUN, 'sh', ...places, 'docker-init', '--', ...dockerd];
  return execa('setpriv', ['--pdeathsig', 'SIGKILL', 'unshare', ...namespaces, ...inside], {
    env,
    stdin: 'ignore',
    stdout: 'ignore',
    // Ctrl-C goes only to the test, which then stops the engine in order.
    detached: true,
    cleanup: false,
    reject: false,
  });
}

type Docker = Engine['docker'];

/** Waits until it responds; returns its architecture. */
async function ready(running: ReturnType<typeof hold>, docker: Docker, directory: string): Promise<string> {
  let exited: string | null = null;
  void running.then(({ stderr }) => (exited = stderr));
  for (
    const deadlineMs = Date.now() + READY_WITHIN_MS;
    Date.now() < deadlineMs && exited === null;
    await delay(POLL_EVERY_MS)
  ) {
    const result = await docker(['version', '--format', '{{.Server.Arch}}'], { reject: false, timeoutMs: 10_000 });
    if (result.exitCode === 0) return result.stdout;
  }
  const log = await readFile(join(directory, 'log'), 'utf8').catch(() => '');
  const what = exited !== null ? 'exited during its start' : `did not respond within ${READY_WITHIN_MS / 1000} s`;
  throw new Error(`the Docker engine ${what}:\n${`${log}\n${exited ?? ''}`.trim().split('\n').slice(-8).join('\n')}`);
}

/** Stops containers and networks first, then the engine, which unmounts; kills it if that takes too long. */
async function stop(running: ReturnType<typeof hold>, docker: Docker): Promise<void> {
  const brief = { reject: false, timeoutMs: STOP_WITHIN_MS };
  const containers = (await docker(['ps', '--all', '--quiet'], brief)).stdout.split('\n').filter(Boolean);
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers], brief);
  await docker(['network', 'prune', '--force'], brief);
  const dockerd = processTree(running.pid!).find(({ command }) => command.startsWith('dockerd '));
  if (dockerd) process.kill(dockerd.pid, 'SIGTERM');
  const force = setTimeout(() => running.kill('SIGKILL'), STOP_WITHIN_MS);
  await running;
  clearTimeout(force);
}

async function callDocker(
  docker: string,
  env: Record<string, string>,
  args: string[],
  options: DockerOptions,
): Promise<DockerResult> {
  const timeoutMs = options.timeoutMs ?? DOCKER_TIMEOUT_MS;
  const result = await execa(docker, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    env: { ...env, ...options.env },
    timeout: timeoutMs,
    forceKillAfterDelay: 2_000,
    reject: false,
  });
  const exitCode = result.exitCode ?? null;
  if (!result.failed || options.reject === false) {
    return { exitCode, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
  }
  const why = result.timedOut
    ? `timed out after ${timeoutMs / 1000} s`
    : exitCode === null
      ? (result.code ?? result.signal ?? 'did not start')
      : `exit code ${exitCode}`;
  const words = `${result.stdout ?? ''}\n${result.stderr ?? ''}`.trim().split('\n').slice(-12).join('\n');
  throw new Error(`\`docker ${args.join(' ')}\`: ${why}\n${words}`);
}
