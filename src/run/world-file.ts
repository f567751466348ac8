/** Reads world.json, which a running world writes. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { usageError } from '../errors.ts';
import { PROCESS_KINDS, WORLD_LINK_KINDS } from '../formats/faults.ts';
import { REGION_ROLES, ROUTING_SPEEDS, type WorldFile } from '../formats/world-file.ts';

const address = z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ });
const rttMs = z.number().min(0).max(10_000);
const schema: z.ZodType<WorldFile> = z.strictObject({
  version: z.literal(1),
  world: z.string().min(1),
  defect: z.string().nullable(),
  pid: z.int().positive(),
  startedAt: z.iso.datetime(),
  routing: z.strictObject({
    url: address,
    ttlSeconds: z.number().positive(),
    speed: z.enum(ROUTING_SPEEDS),
    intervalMs: z.int().positive(),
    threshold: z.int().positive(),
  }),
  control: z.strictObject({ url: address }),
  edge: z.strictObject({ url: address }),
  regions: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        role: z.enum(REGION_ROLES),
        url: address,
        directUrl: address,
        postgresUrl: z.url({ protocol: /^postgres$/ }).nullable(),
        redisUrl: z.url({ protocol: /^redis$/ }).nullable(),
        rttToPrimaryMs: rttMs.nullable(),
      }),
    )
    .min(1),
  toxiproxy: z.strictObject({ url: address }),
  links: z.array(
    z.strictObject({
      proxy: z.string().min(1),
      kind: z.enum(WORLD_LINK_KINDS),
      region: z.string().min(1),
      to: z.string().nullable(),
      near: z.enum(['clients', ...PROCESS_KINDS]),
      far: z.enum(PROCESS_KINDS),
      probe: z.discriminatedUnion('protocol', [
        z.strictObject({ protocol: z.literal('http'), path: z.string().startsWith('/') }),
        z.strictObject({ protocol: z.enum(['redis', 'postgres']) }),
      ]),
      rttMs,
    }),
  ),
  processes: z.array(
    z.strictObject({
      name: z.string().min(1),
      kind: z.enum(PROCESS_KINDS),
      region: z.string().min(1),
      probe: z.discriminatedUnion('protocol', [
        z.strictObject({ protocol: z.enum(['http', 'lag']), url: address }),
        z.strictObject({ protocol: z.enum(['redis', 'postgres']), host: z.string().min(1), port: z.int().positive() }),
      ]),
    }),
  ),
  versions: z.record(z.string(), z.string()),
});

/** The world that this file describes. Usage error (exit 2) if it is not a valid world file. */
export async function readWorldFile(path: string): Promise<WorldFile> {
  const wrong = (got: string, cause?: unknown) =>
    usageError({
      what: 'not a valid world file',
      where: path,
      got,
      expected: 'the world.json of a running world, as `npm run world` writes it',
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw wrong((error as Error).message, error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: at, message } = parsed.error.issues[0]!;
  throw wrong(`${at.join('.') || 'the whole file'}: ${message}`, parsed.error);
}
