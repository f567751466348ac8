/** What the FIS endpoint beside a world says of itself (targets/fis, `/_local`). */
import { z } from 'zod';
import { brokenError } from '../../../../src/errors.ts';
import { callControl } from '../../control-call.ts';

const LOOK_MS = 5_000;

const about = z.object({
  endpoint: z.literal('antipode-local-fis'),
  /** Toxiproxy of the world that it breaks. */
  toxiproxy: z.url(),
  /** How many times faster than the wall its minutes pass. */
  scale: z.number().positive(),
  /** Actions that it checks, resolves and then skips. */
  notExercised: z.array(z.string()),
});
export type LocalEndpoint = z.output<typeof about>;

/** Asks the endpoint at `url`. Broken-harness error if it is another one than ours, or does not answer. */
export async function localEndpoint(url: string): Promise<LocalEndpoint> {
  const text = await callControl('GET', `${url.replace(/\/+$/, '')}/_local`, LOOK_MS);
  const parsed = about.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  throw brokenError({
    where: url,
    what: 'this is not the FIS endpoint of a world',
    got: text.slice(0, 100),
    next: 'Start one with `npm run world -- active-active --fis`.',
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
