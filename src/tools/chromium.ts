import { aptInstall } from './apt-install.ts';
import { versionOf } from './command.ts';
import { atLeast, type Tool } from './tool.ts';

/** A browser for the tests of the report page; no command needs one. */
export const chromium: Tool = {
  name: 'chromium',
  variable: 'ANTIPODE_CHROMIUM',
  executables: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  needed: '>= 120',
  accepts: (version) => atLeast(version, '120'),
  is: 'file',
  version: (path) => versionOf(path, ['--version'], /(?:Chromium|Chrome) (\d+(?:\.\d+)*)/),
  cached: null,
  methods: [aptInstall({ packages: ['chromium'], afterwards: async () => {} })],
  manualSteps: ['brew install --cask chromium', 'sudo apt-get install chromium', 'ANTIPODE_CHROMIUM=/path/to/chromium'],
};
