/** Downloads one archive of a pinned GitHub release and checks its SHA-256. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';
import { type InstallMethod, PLATFORM } from './tool.ts';

export interface ReleaseAsset {
  file: string;
  /** Path of the executable inside the archive. */
  member: string;
  sha256: string;
}

const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;
/** Far more than any pinned archive: a limit for a server that sends without end. */
const MAX_BYTES = 200 * 1024 * 1024;

/**
 * For machines without Go. ANTIPODE_RELEASES replaces `https://github.com` (a mirror, or a test's server); the hash is
 * still checked.
 */
export function releaseDownload(parts: {
  version: string;
  repository: string;
  executable: string;
  assets: Record<string, ReleaseAsset>;
}): InstallMethod {
  return {
    description: `downloading release v${parts.version} (some seconds, once)`,
    pastTense: 'downloaded',
    whyUnavailable: async () => (parts.assets[PLATFORM] ? null : `there is no release for ${PLATFORM}`),
    async install(stage, signal) {
      const asset = parts.assets[PLATFORM];
      if (!asset) throw new Error(`no release for ${PLATFORM}`);
      const base = process.env['ANTIPODE_RELEASES'] || 'https://github.com';
      const url = `${base}/${parts.repository}/releases/download/v${parts.version}/${asset.file}`;
      const deadline = AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS);
      const archive = await download(url, signal ? AbortSignal.any([signal, deadline]) : deadline);
      const sha256 = createHash('sha256').update(archive).digest('hex');
      if (sha256 !== asset.sha256) {
        throw new Error(`${url} has SHA-256 ${sha256}, expected ${asset.sha256}: it was not unpacked`);
      }
      const unpacked = join(stage, 'unpacked');
      await mkdir(unpacked);
      const file = join(unpacked, asset.file);
      await writeFile(file, archive);
      // macOS ships bsdtar, which reads zip too; the Linux archives are tar.gz.
      await run('tar', ['-xf', file, '-C', unpacked, asset.member], { timeoutMs: 60_000, signal });
      const executable = join(stage, parts.executable);
      await rename(join(unpacked, asset.member), executable);
      await chmod(executable, 0o755);
      await rm(unpacked, { recursive: true });
    },
  };
}

async function download(url: string, signal: AbortSignal): Promise<Buffer> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    throw new Error(`${url} cannot be reached: ${reason(error)}`, { cause: error });
  }
  if (!response.ok || !response.body) throw new Error(`${url} returned status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`${url} is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
