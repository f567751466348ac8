/** An image in the format of `docker load`: one layer, and the settings of a Dockerfile. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/tools/command.ts';
import { scratch } from './kept.ts';

/** Keys of the OCI image configuration, as in Docker. */
export interface ImageConfig {
  User?: string;
  ExposedPorts?: string[];
  Env?: Record<string, string>;
  Entrypoint?: string[];
  Cmd?: string[];
  Volumes?: string[];
  WorkingDir?: string;
  StopSignal?: string;
}

const PACK_TIMEOUT_MS = 5 * 60_000;
/** A container without PATH in its image has none. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Packs the tree `root`, with its owners and modes, into `archive` as the image `image` ("name:tag"). */
export async function packImage(parts: {
  root: string;
  archive: string;
  image: string;
  config: ImageConfig;
  architecture: string;
}): Promise<void> {
  const folder = await scratch('image');
  try {
    await tar(parts.root, join(folder, 'layer.tar'), ['.']);
    const config = {
      architecture: parts.architecture,
      os: 'linux',
      created: new Date().toISOString(),
      config: configOf(parts.config),
      rootfs: { type: 'layers', diff_ids: [`sha256:${await sha256(join(folder, 'layer.tar'))}`] },
      history: [{ comment: 'a stand-in for the official image, made by the Compose test' }],
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const manifest = [{ Config: 'config.json', RepoTags: [parts.image], Layers: ['layer.tar'] }];
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
    await tar(folder, parts.archive, ['manifest.json', 'config.json', 'layer.tar']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function configOf({ Env, ExposedPorts, Volumes, ...rest }: ImageConfig): Record<string, unknown> {
  const set = (names: string[] = []) => Object.fromEntries(names.map((name) => [name, {}]));
  return {
    ...rest,
    Env: Object.entries({ PATH, ...Env }).map(([name, value]) => `${name}=${value}`),
    ExposedPorts: set(ExposedPorts),
    Volumes: set(Volumes),
    Labels: { 'antipode.stand-in': 'true' },
  };
}

const tar = (from: string, to: string, what: string[]): Promise<string> =>
  run('tar', ['--create', '--numeric-owner', '--sort=name', '--file', to, '-C', from, ...what], {
    timeoutMs: PACK_TIMEOUT_MS,
  });

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
