import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { NEWEST_SUITE } from '../debian.ts';
import type { Recipe } from './recipe.ts';
import { addUser, layOutBusybox, ownDirectory } from './root.ts';

const NOBODY = 65534;

/** Prometheus 3 on BusyBox. Debian builds it without its web pages; its API is complete. */
export const prometheus: Recipe = {
  name: 'prometheus',
  madeFrom: `Debian ${NEWEST_SUITE}'s prometheus (without its web pages) and busybox-static`,
  async make(root, debian) {
    const suite = await debian.suite(NEWEST_SUITE);
    await layOutBusybox(root, suite, ['libc6']);
    const versions = await suite.unpack(['prometheus', 'promtool'], root, { dependencies: false });
    await addUser(root, { name: 'nobody', id: NOBODY, home: '/home' });
    await ownDirectory(root, '/prometheus', NOBODY, 0o775);
    await ownDirectory(root, '/etc/prometheus', NOBODY);
    await chown(join(root, 'etc/prometheus/prometheus.yml'), NOBODY, NOBODY);
    return {
      version: versions['prometheus']!,
      config: {
        User: 'nobody',
        WorkingDir: '/prometheus',
        Entrypoint: ['/bin/prometheus'],
        Cmd: ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/prometheus'],
        ExposedPorts: ['9090/tcp'],
        Volumes: ['/prometheus'],
      },
    };
  },
};
