import { describe, expect, it } from 'vitest';
import { WORLDS } from '../worlds.ts';
import { postgresConfig, seedSql, toxiproxyConfig } from './files.ts';

describe('The files of the composed worlds', () => {
  it.each(
    Object.entries(WORLDS).flatMap(([name, world]) => [
      [`${name}/toxiproxy.json`, toxiproxyConfig(world.topology)],
      [`${name}/seed.sql`, seedSql(world)],
    ]),
  )('%s is generated from the world', async (file, made) => {
    await expect(made).toMatchFileSnapshot(`./${file}`);
  });

  it('postgresql.conf is generated from the settings of every database', async () => {
    await expect(postgresConfig()).toMatchFileSnapshot('./postgresql.conf');
  });
});
