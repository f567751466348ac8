import { describe, expect, it } from 'vitest';
import { postgresConfig, seedSql, toxiproxyConfig } from './files.ts';

describe('The files of the composed world', () => {
  it.each([
    ['toxiproxy.json', toxiproxyConfig],
    ['postgresql.conf', postgresConfig],
    ['seed.sql', seedSql],
  ])('%s is what the description of the world makes it', async (file, make) => {
    await expect(make()).toMatchFileSnapshot(`./${file}`);
  });
});
