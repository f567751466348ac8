import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../../src/tools/command.ts';
import { NEWEST_SUITE } from '../debian.ts';
import type { Recipe } from './recipe.ts';
import { addProgram, addUser, layOutDebian, ownDirectory } from './root.ts';

const MAJOR = '18';
const ENTRYPOINT = fileURLToPath(new URL('postgres-entrypoint.sh', import.meta.url));
const ID = 999;

/** PostgreSQL 18 with all its programs, pg_basebackup among them. */
export const postgres: Recipe = {
  name: 'postgres',
  madeFrom: `Debian ${NEWEST_SUITE}'s postgresql-${MAJOR} and an entry script of our own`,
  async make(root, debian) {
    const suite = await debian.suite(NEWEST_SUITE);
    const versions = await layOutDebian(root, suite, [`postgresql-${MAJOR}`, 'gosu']);
    await addUser(root, { name: 'postgres', id: ID, home: '/var/lib/postgresql', homeMode: 0o1777 });
    await ownDirectory(root, '/run/postgresql', ID, 0o3777);
    await rm(join(root, 'var/run'), { recursive: true, force: true });
    await run('ln', ['-s', '/run', join(root, 'var/run')], { timeoutMs: 10_000 });
    await mkdir(join(root, 'docker-entrypoint-initdb.d'));
    await addProgram(root, ENTRYPOINT, '/usr/local/bin/docker-entrypoint.sh');
    await listenEverywhere(join(root, `usr/share/postgresql/${MAJOR}/postgresql.conf.sample`));
    // The locale of the official image, which determines the sort order.
    const locale = ['localedef', '-i', 'en_US', '-c', '-f', 'UTF-8', 'en_US.UTF-8'];
    await run('chroot', [root, ...locale], { timeoutMs: 120_000 });
    await rm(join(root, 'usr/share/i18n'), { recursive: true, force: true });
    const version = versions[`postgresql-${MAJOR}`]!;
    return {
      version,
      config: {
        Entrypoint: ['docker-entrypoint.sh'],
        Cmd: ['postgres'],
        Env: {
          LANG: 'en_US.utf8',
          PG_MAJOR: MAJOR,
          PG_VERSION: version,
          PGDATA: `/var/lib/postgresql/${MAJOR}/docker`,
          PATH: `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/${MAJOR}/bin`,
        },
        ExposedPorts: ['5432/tcp'],
        Volumes: ['/var/lib/postgresql'],
        StopSignal: 'SIGINT',
      },
    };
  },
};

/** As in the official image: a server in a container accepts outside connections. */
async function listenEverywhere(sample: string): Promise<void> {
  const text = await readFile(sample, 'utf8');
  await writeFile(sample, text.replace(/^#?listen_addresses = .*$/m, "listen_addresses = '*'"));
}
