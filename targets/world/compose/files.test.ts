import { describe, expect, it } from 'vitest';
import { activeActive } from '../active-active/world.ts';
import { postgresConfig, seedSql, toxiproxyConfig } from './files.ts';

describe('The files of the composed world', () => {
  it.each([
    ['toxiproxy.json', toxiproxyConfig(activeActive.topology)],
    ['postgresql.conf', postgresConfig()],
    ['seed.sql', seedSql(activeActive)],
  ])('%s is generated from the world', async (file, made) => {
    await expect(made).toMatchFileSnapshot(`./${file}`);
  });
});
