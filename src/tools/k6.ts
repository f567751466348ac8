import { goBuild } from './go-build.ts';
import { versionOf } from './command.ts';
import { releaseDownload } from './release-download.ts';
import { atLeast, PLATFORM, type Tool } from './tool.ts';

const VERSION = '2.2.0';

/** k6 2.2 or later within major 2: the recording depends on its player API. It knows its version without a stamp. */
export const k6: Tool = {
  name: 'k6',
  variable: 'ANTIPODE_K6',
  executables: ['k6'],
  needed: '>= 2.2 < 3',
  accepts: (version) => atLeast(version, '2.2') && !atLeast(version, '3'),
  is: 'file',
  version: (path) => versionOf(path, ['version'], /^k6(?:\.exe)? v(\d+\.\d+\.\d+)/m),
  cached: { folder: `k6-${VERSION}-${PLATFORM}`, path: 'k6' },
  methods: [
    goBuild({
      version: VERSION,
      importPath: 'go.k6.io/k6/v2',
      executable: 'k6',
      stamp: {},
      takes: 'a few minutes',
    }),
    // SHA-256 of the release's archives, from its k6-v2.2.0-checksums.txt.
    releaseDownload({
      version: VERSION,
      repository: 'grafana/k6',
      executable: 'k6',
      assets: {
        'linux-x64': {
          file: `k6-v${VERSION}-linux-amd64.tar.gz`,
          member: `k6-v${VERSION}-linux-amd64/k6`,
          sha256: 'b5a8003c86f35f5cd5ceef1490312c48e587696c94d998cefc6d7b3b4cb1597d',
        },
        'linux-arm64': {
          file: `k6-v${VERSION}-linux-arm64.tar.gz`,
          member: `k6-v${VERSION}-linux-arm64/k6`,
          sha256: '4ecd64cadcc792402d16293836115480419c4447c032858f564852d98f1bf54c',
        },
        'darwin-x64': {
          file: `k6-v${VERSION}-macos-amd64.zip`,
          member: `k6-v${VERSION}-macos-amd64/k6`,
          sha256: '45a08590511c8a6a9c6331645e60c41624924e848e29472e87c60ac956d50372',
        },
        'darwin-arm64': {
          file: `k6-v${VERSION}-macos-arm64.zip`,
          member: `k6-v${VERSION}-macos-arm64/k6`,
          sha256: '37a028506bf13578de66c906296803775df28cc2504b1a8c5d786b2803e757c7',
        },
      },
    }),
  ],
  manualSteps: [
    'brew install k6',
    'apt-get install k6 (from dl.k6.io/deb)',
    'install Go >= 1.21 and run again',
    'docker cp from the image grafana/k6:2.2.0',
    'ANTIPODE_K6=/path/to/k6',
  ],
};
