/** Follows a page of docs/: copies the repository and adds the example of the page. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect } from 'vitest';

const HOUSE = fileURLToPath(new URL('../', import.meta.url));

export interface Example extends AsyncDisposable {
  /** Path of the copy; its modules can be imported. */
  path: string;
  /** Changes a file of the copy; fails if the pattern does not match. */
  edit(file: string, from: RegExp, to: string): Promise<void>;
  /** The output of the compiler for these folders of the copy, without their tests; '' if there is none. */
  compiled(include: string[]): Promise<string>;
}

/** Copies `rooms` (folders and files of the repository), and writes the page's first TypeScript block to `file`. */
export async function exampleOf(page: string, rooms: string[], file: string): Promise<Example> {
  const path = await mkdtemp(join(tmpdir(), 'antipode-example-'));
  for (const room of [...rooms, 'package.json', 'tsconfig.json'])
    await cp(join(HOUSE, room), join(path, room), { recursive: true });
  await symlink(join(HOUSE, 'node_modules'), join(path, 'node_modules'));
  const text = await readFile(join(HOUSE, page), 'utf8');
  await mkdir(dirname(join(path, file)), { recursive: true });
  await writeFile(join(path, file), /^```ts\n(.*?)^```$/ms.exec(text)![1]!);
  return {
    path,
    async edit(name, from, to) {
      const before = await readFile(join(path, name), 'utf8');
      expect(before).toMatch(from);
      await writeFile(join(path, name), before.replace(from, to));
    },
    async compiled(include) {
      const config = { extends: './tsconfig.json', include, exclude: ['**/*.test.ts'] };
      await writeFile(join(path, 'tsconfig.example.json'), JSON.stringify(config));
      const options = { cwd: path, all: true, reject: false } as const;
      const { all } = await execa('node_modules/.bin/tsc', ['-p', 'tsconfig.example.json'], options);
      return all;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
