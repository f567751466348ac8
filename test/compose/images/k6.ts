import { versionOf } from '../../../src/tools/command.ts';
import { resolveTools } from '../../../src/tools/index.ts';
import { NEWEST_SUITE } from '../debian.ts';
import type { Recipe } from './recipe.ts';
import { addProgram, addRoots, addUser, layOutBusybox } from './root.ts';

const ID = 12345;

/**
 * k6, BusyBox and Mozilla's root certificates; the official image is based on Alpine, which has these
 * (ca-certificates-bundle).
 */
export const k6: Recipe = {
  name: 'k6',
  madeFrom: `the k6 that the harness uses, and Debian ${NEWEST_SUITE}'s busybox-static and ca-certificates`,
  inputs: async () => [await k6Version((await resolveTools(['k6'])).k6)],
  async make(root, debian, say) {
    const { k6: binary } = await resolveTools(['k6'], say);
    const suite = await debian.suite(NEWEST_SUITE);
    await layOutBusybox(root, suite, []);
    await addUser(root, { name: 'k6', id: ID, home: '/home/k6' });
    await addProgram(root, binary, '/usr/bin/k6');
    await addRoots(root, suite);
    return {
      version: await k6Version(binary),
      config: { User: String(ID), WorkingDir: '/home/k6', Entrypoint: ['k6'] },
    };
  },
};

const k6Version = (binary: string): Promise<string> => versionOf(binary, ['version'], /v(\d+\.\d+\.\d+)/);
