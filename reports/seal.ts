/**
 * The seal, `seal.json`: SHA-256 and size of every file of a run, and the end of the hash chain over the lines of the
 * journal. It is written once, after the last file is closed. The judge verifies it first, so an altered recording
 * never gets a verdict.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { brokenError } from '../src/errors.ts';

/** The files of a sealed run, in the order they are written. All are required. */
export const SEALED_FILES = ['plan.json', 'timetable.bin', 'timetable.json', 'recording.log', 'journal.jsonl'] as const;

export interface Seal {
  version: 1;
  sealedAt: string;
  files: { name: string; bytes: number; sha256: string }[];
  /** Chain: h0 = 64 zeros, h(i) = sha256(h(i-1) + line i) in hex; `chain` is the last one. */
  journal: { lines: number; chain: string };
}

const sealPath = (dir: string): string => join(dir, 'seal.json');

/** Whether the directory has a seal, valid or not. */
export const isSealed = (dir: string): boolean => existsSync(sealPath(dir));

/**
 * Seals a finished run and returns the seal. Files are hashed in streams.
 * @throws AntipodeError (exit 4) if a file is missing or the run is sealed already.
 */
export async function sealRun(dir: string): Promise<Seal> {
  if (isSealed(dir))
    throw brokenError({ what: 'this run is sealed already; a seal is written once', where: sealPath(dir) });
  const files: Seal['files'] = [];
  for (const name of SEALED_FILES) {
    if (!existsSync(join(dir, name)))
      throw brokenError({ what: `the run cannot be sealed: ${name} is missing`, where: join(dir, name) });
    files.push(await fingerprint(dir, name));
  }
  const seal: Seal = { version: 1, sealedAt: new Date().toISOString(), files, journal: await journalChain(dir) };
  const draft = `${sealPath(dir)}.draft`;
  const file = await open(draft, 'w');
  try {
    await file.writeFile(`${JSON.stringify(seal, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, sealPath(dir));
  return seal;
}

/** Checks every file against the seal. Each problem is a sentence that starts with the file name. */
export async function verifySeal(dir: string): Promise<{ ok: boolean; problems: string[] }> {
  if (!isSealed(dir)) return { ok: false, problems: ['seal.json is missing: the run was never sealed'] };
  let seal: Seal;
  try {
    seal = JSON.parse(await readFile(sealPath(dir), 'utf8')) as Seal;
    if (seal.version !== 1 || !Array.isArray(seal.files) || typeof seal.journal?.chain !== 'string') throw new Error();
  } catch {
    return { ok: false, problems: ['seal.json cannot be read as a seal of version 1'] };
  }
  const problems: string[] = [];
  for (const name of SEALED_FILES) {
    const sealed = seal.files.find((f) => f.name === name);
    if (!sealed) problems.push(`${name} is not named in the seal`);
    else if (!existsSync(join(dir, name))) problems.push(`${name} is missing`);
    else {
      const now = await fingerprint(dir, name);
      if (now.bytes !== sealed.bytes) problems.push(`${name} has ${now.bytes} bytes, ${sealed.bytes} were sealed`);
      else if (now.sha256 !== sealed.sha256) problems.push(`${name} was altered after it was sealed`);
    }
  }
  if (existsSync(join(dir, 'journal.jsonl'))) {
    const now = await journalChain(dir);
    if (now.chain !== seal.journal.chain || now.lines !== seal.journal.lines)
      problems.push(`journal.jsonl breaks its hash chain (${now.lines} lines, ${seal.journal.lines} were sealed)`);
  }
  return { ok: problems.length === 0, problems };
}

async function fingerprint(dir: string, name: string): Promise<Seal['files'][number]> {
  const path = join(dir, name);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return { name, bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

async function journalChain(dir: string): Promise<Seal['journal']> {
  let chain = '0'.repeat(64);
  let lines = 0;
  const input = createReadStream(join(dir, 'journal.jsonl'));
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    chain = createHash('sha256')
      .update(chain + line)
      .digest('hex');
    lines++;
  }
  return { lines, chain };
}
