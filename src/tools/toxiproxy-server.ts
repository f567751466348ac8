import { readFile } from 'node:fs/promises';
import { goBuild } from './go-build.ts';
import { versionOf } from './command.ts';
import { releaseDownload } from './release-download.ts';
import { PLATFORM, type Tool } from './tool.ts';

const VERSION = '2.12.0';
const MODULE = 'github.com/Shopify/toxiproxy/v2';

/** Toxiproxy 2.12: the fault drivers depend on the behaviour of this minor version. */
export const toxiproxyServer: Tool = {
  name: 'toxiproxy-server',
  variable: 'ANTIPODE_TOXIPROXY_SERVER',
  executables: ['toxiproxy-server'],
  needed: '2.12.x',
  accepts: (version) => /^2\.12(\.|$)/.test(version),
  is: 'file',
  version: toxiproxyVersion,
  cached: { folder: `toxiproxy-server-${VERSION}-${PLATFORM}`, path: 'toxiproxy-server' },
  methods: [
    goBuild({
      version: VERSION,
      importPath: `${MODULE}/cmd/server`,
      executable: 'toxiproxy-server',
      // The variable that Toxiproxy's own release build sets (.goreleaser.yml).
      stamp: { [`${MODULE}.Version`]: VERSION },
      takes: 'up to a minute',
    }),
    // SHA-256 of the release's archives, from its checksums.txt.
    releaseDownload({
      version: VERSION,
      repository: 'Shopify/toxiproxy',
      executable: 'toxiproxy-server',
      assets: {
        'linux-x64': {
          file: `toxiproxy_${VERSION}_linux_amd64.tar.gz`,
          member: 'toxiproxy-server',
          sha256: '65e042d3fc2290c099527bc506446a6fd863a09f113b8944b636ece70221c2b3',
        },
        'linux-arm64': {
          file: `toxiproxy_${VERSION}_linux_arm64.tar.gz`,
          member: 'toxiproxy-server',
          sha256: 'ab417dafc77ae8b54ec8461cc5da5180d0465a61dcbda86c72da72ee4ab843b7',
        },
        'darwin-x64': {
          file: `toxiproxy_${VERSION}_darwin_amd64.tar.gz`,
          member: 'toxiproxy-server',
          sha256: '52ac1f99d7204b4b523f910b791bc86318b50ef94822c79a6157606704003ced',
        },
        'darwin-arm64': {
          file: `toxiproxy_${VERSION}_darwin_arm64.tar.gz`,
          member: 'toxiproxy-server',
          sha256: 'cece3905c06ad84d6b3bb4cd024c344e6466736b2a8cbaf9ef4fe45e62aba9b2',
        },
      },
    }),
  ],
  manualSteps: [
    'brew install toxiproxy',
    'install Go >= 1.21 and run again',
    'docker cp from the image ghcr.io/shopify/toxiproxy:2.12.0',
    'ANTIPODE_TOXIPROXY_SERVER=/path/to/toxiproxy-server',
  ],
};

/**
 * The version of a toxiproxy-server. One from `go install` prints only "git"; then the module version is read from the
 * binary, where Go stores it as plain text (`mod<tab>path<tab>version`, runtime/debug.BuildInfo).
 */
async function toxiproxyVersion(path: string): Promise<string> {
  const printed = await versionOf(path, ['-version'], /version (git|\d+\.\d+\.\d+)/);
  if (printed !== 'git') return printed;
  const marker = Buffer.from(`\t${MODULE}\tv`);
  const binary = await readFile(path);
  const at = binary.indexOf(marker);
  if (at < 0) return 'git';
  const after = binary.subarray(at + marker.length, at + marker.length + 32).toString('latin1');
  return /^\d+\.\d+\.\d+/.exec(after)?.[0] ?? 'git';
}
