/** Reads the self-description of a world's FIS endpoint (targets/fis, `/_local`). */
import { z } from 'zod';
import { brokenError } from '../../../../src/errors.ts';
import { callControl } from '../../control-call.ts';

const TIMEOUT_MS = 5_000;

const about = z.object({
  endpoint: z.literal('antipode-local-fis'),
  /** Toxiproxy of its world. */
  toxiproxy: z.url(),
  /** How many times faster than real time its clock runs. */
  scale: z.number().positive(),
  /** Actions that it validates, resolves and then skips. */
  notExercised: z.array(z.string()),
});
export type LocalEndpoint = z.output<typeof about>;

/** The description of the endpoint at `url`. Broken-harness error if it is not a local endpoint or does not respond. */
export async function localEndpoint(url: string): Promise<LocalEndpoint> {
  const text = await callControl('GET', `${url.replace(/\/+$/, '')}/_local`, TIMEOUT_MS);
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
