/**
 * One call to FIS through the AWS SDK (signature, retries, credentials, endpoint), with what the SDK lacks: a deadline
 * over all tries, the reply as it came, a look at the request on its last step before the wire, and errors that help.
 */
import { FisClient, type FisClientConfig } from '@aws-sdk/client-fis';
import type { z } from 'zod';
import { usageError } from '../../../../src/errors.ts';
import { type FisCall, FisCallError, fisErrorOf } from './errors.ts';

export interface FisOptions {
  /** Base URL in place of AWS's own; null = AWS, whatever the environment says now: undo data outlives it. */
  endpoint: string | null;
  /** One call with all its retries may take this long. */
  deadlineMs?: number;
  /** Tries of one call that is throttled or meets a broken server. */
  attempts?: number;
  showAccounts?: boolean;
}

export interface HttpRequest {
  method: string;
  path: string;
  query: Record<string, string | string[] | null>;
  body?: unknown;
}

interface HttpReply {
  statusCode: number;
  headers: Record<string, string>;
  body: unknown;
}

export interface Around {
  alter?: (request: HttpRequest) => void;
  check?: (request: HttpRequest, call: FisCall) => void;
  signal?: AbortSignal | undefined;
}

interface Page {
  maxResults: number;
  nextToken?: string;
}

export interface Sender {
  /** Sends one command and reads its reply by `schema`. Rejects with a FisCallError, at the latest at the deadline. */
  call<T extends z.ZodType>(operation: string, command: object, schema: T, around?: Around): Promise<z.output<T>>;
  /** The items of all pages. */
  pages<Item>(
    operation: string,
    commandFor: (page: Page) => object,
    schema: z.ZodType<{ items: Item[]; nextToken: string | null }>,
    around?: Around,
  ): Promise<Item[]>;
  /** What errors of a call say about it. */
  aboutOf(operation: string): FisCall;
  close(): void;
}

const DEADLINE_MS = 20_000;
const ATTEMPTS = 5;
/** An endpoint that has still another page after so many has gone wrong. */
const MOST_PAGES = 1_000;

/** Of a URL's host. */
export const isLoopback = (hostname: string): boolean => /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

/**
 * Calls to FIS of one region. Usage error for an endpoint that would take signatures over the open net in clear text.
 */
export function senderTo(region: string, options: FisOptions): Sender {
  const { endpoint } = options;
  const client = new FisClient(configOf(region, endpoint, options.attempts ?? ATTEMPTS));
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const aboutOf = (operation: string): FisCall => ({
    operation,
    region,
    endpoint,
    showAccounts: options.showAccounts ?? false,
  });

  async function call<T extends z.ZodType>(
    operation: string,
    command: object,
    schema: T,
    { alter, check, signal }: Around = {},
  ): Promise<z.output<T>> {
    const about = aboutOf(operation);
    let reply: unknown;
    const { middlewareStack } = command as Stacked;
    middlewareStack.add(
      (next) => (args) => {
        if (isRequest(args.request)) alter?.(args.request);
        return next(args);
      },
      { step: 'serialize', priority: 'low', name: 'antipodeAlter' },
    );
    middlewareStack.add(
      (next) => async (args) => {
        // The last step: what `args` holds now is what goes out.
        if (isRequest(args.request)) check?.(args.request, about);
        const result = await next(args);
        reply = await readReply(result.response as HttpReply);
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'antipodeRead' },
    );
    const deadline = AbortSignal.timeout(deadlineMs);
    const ends = AbortSignal.any([deadline, ...(signal ? [signal] : [])]);
    let tell: () => void = () => {};
    try {
      // The SDK does not look at the signal between two tries.
      const cut = new Promise<never>((_, reject) => {
        tell = () => reject(cutShort(about, deadline.aborted, deadlineMs));
        if (ends.aborted) tell();
        else ends.addEventListener('abort', tell, { once: true });
      });
      await Promise.race([client.send(command as never, { abortSignal: ends }), cut]);
    } catch (error) {
      throw ends.aborted ? cutShort(about, deadline.aborted, deadlineMs) : fisErrorOf(error, about);
    } finally {
      ends.removeEventListener('abort', tell);
    }
    const parsed = schema.safeParse(reply);
    if (parsed.success) return parsed.data;
    const { path, message } = parsed.error.issues[0]!;
    throw fisErrorOf(malformed(`${path.join('.') || 'the reply'}: ${message}`), about);
  }

  async function pages<Item>(
    operation: string,
    commandFor: (page: Page) => object,
    schema: z.ZodType<{ items: Item[]; nextToken: string | null }>,
    around?: Around,
  ): Promise<Item[]> {
    const items: Item[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const got = await call(
        operation,
        commandFor({ maxResults: 100, ...(nextToken === undefined ? {} : { nextToken }) }),
        schema,
        around,
      );
      items.push(...got.items);
      if (got.nextToken === null) return items;
      nextToken = got.nextToken;
    }
    throw fisErrorOf(malformed('pages without end'), aboutOf(operation));
  }

  return { call, pages, aboutOf, close: () => client.destroy() };
}

/** What all commands of the SDK have in common, as far as we need it; their own types know no common one. */
interface Stacked {
  middlewareStack: {
    add(
      middleware: (
        next: (args: { input: object; request?: unknown }) => Promise<{ response: unknown; output?: object }>,
      ) => (args: { input: object; request?: unknown }) => Promise<{ response: unknown; output?: object }>,
      options: { step: 'serialize' | 'deserialize'; priority: 'low'; name: string },
    ): void;
  };
}

function configOf(region: string, endpoint: string | null, maxAttempts: number): FisClientConfig {
  const config: FisClientConfig = {
    region,
    maxAttempts,
    retryMode: 'standard',
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000 } as never,
  };
  if (endpoint === null) return config;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  const isHere = url !== null && isLoopback(url.hostname);
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isHere))) {
    throw usageError({
      where: 'the FIS endpoint',
      what: 'signed requests may not go there',
      got: endpoint,
      expected: 'an https:// address, or http:// on this machine',
      next: 'Correct `fis.endpoint` of the target, or AWS_ENDPOINT_URL_FIS.',
    });
  }
  // An endpoint on this machine is never shown whose credentials are at hand.
  const credentials = { accessKeyId: 'antipode', secretAccessKey: 'antipode' };
  return { ...config, endpoint, ...(isHere ? { credentials } : {}) };
}

const isRequest = (request: unknown): request is HttpRequest =>
  typeof request === 'object' && request !== null && 'path' in request && 'query' in request;

/** The JSON of a reply, which the SDK then reads once more. An error in other words than JSON keeps its status. */
async function readReply(response: HttpReply): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  response.body = new Uint8Array(bytes);
  const text = bytes.toString('utf8');
  try {
    const reply: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof reply === 'object' && reply !== null) return reply;
  } catch {
    // Told below.
  }
  const shown = text.trim().slice(0, 200);
  if (response.statusCode < 300) throw malformed(JSON.stringify(shown));
  response.body = new Uint8Array(Buffer.from(JSON.stringify({ message: shown })));
  return {};
}

const malformed = (what: string): Error => Object.assign(new Error(what), { name: 'MalformedReply' });

const cutShort = (call: FisCall, isDeadline: boolean, deadlineMs: number): FisCallError =>
  isDeadline
    ? new FisCallError(call, 'timeout', null, {
        what: `${call.operation} was not answered within ${deadlineMs / 1000} s`,
        next: 'Try again; it may have been done.',
      })
    : new FisCallError(call, 'called-off', null, { what: `${call.operation} was called off` });
