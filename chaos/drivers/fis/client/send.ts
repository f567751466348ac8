/**
 * One call to FIS through the AWS SDK (signature, retries, credentials, endpoint), plus what the SDK lacks: a deadline
 * over all attempts, the unparsed response, a check of the request just before it is sent, and helpful errors.
 */
import { FisClient, type FisClientConfig } from '@aws-sdk/client-fis';
import type { z } from 'zod';
import { usageError } from '../../../../src/errors.ts';
import { type FisCall, FisCallError, fisErrorOf } from './errors.ts';

export interface FisOptions {
  /** Base URL instead of AWS's own; null: AWS, whatever the environment says now, since undo data outlives it. */
  endpoint: string | null;
  /** For one call with all its retries. */
  deadlineMs?: number;
  /** Attempts of one call that is throttled or gets a server error. */
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
  /** Sends a command, parses its response by `schema`. Rejects with a FisCallError, at the latest at the deadline. */
  call<T extends z.ZodType>(operation: string, command: object, schema: T, around?: Around): Promise<z.output<T>>;
  /** The items of all pages. */
  pages<Item>(
    operation: string,
    commandFor: (page: Page) => object,
    schema: z.ZodType<{ items: Item[]; nextToken: string | null }>,
    around?: Around,
  ): Promise<Item[]>;
  /** The description of a call for its errors. */
  aboutOf(operation: string): FisCall;
  close(): void;
}

const DEADLINE_MS = 20_000;
const ATTEMPTS = 5;
/** Stops paging through a faulty endpoint. */
const MAX_PAGES = 1_000;

/** Of a URL's host. */
export const isLoopback = (hostname: string): boolean => /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

/**
 * Calls to FIS of one region. Usage error for an endpoint that would receive signed requests unencrypted over a
 * network.
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
        // The last step: `args` is what is sent.
        if (isRequest(args.request)) check?.(args.request, about);
        const result = await next(args);
        reply = await readReply(result.response as HttpReply);
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'antipodeRead' },
    );
    const deadline = AbortSignal.timeout(deadlineMs);
    const ends = AbortSignal.any([deadline, ...(signal ? [signal] : [])]);
    let rejectAborted: () => void = () => {};
    try {
      // The SDK does not check the signal between two attempts.
      const aborted = new Promise<never>((_, reject) => {
        rejectAborted = () => reject(abortError(about, deadline.aborted, deadlineMs));
        if (ends.aborted) rejectAborted();
        else ends.addEventListener('abort', rejectAborted, { once: true });
      });
      await Promise.race([client.send(command as never, { abortSignal: ends }), aborted]);
    } catch (error) {
      throw ends.aborted ? abortError(about, deadline.aborted, deadlineMs) : fisErrorOf(error, about);
    } finally {
      ends.removeEventListener('abort', rejectAborted);
    }
    const parsed = schema.safeParse(reply);
    if (parsed.success) return parsed.data;
    const { path, message } = parsed.error.issues[0]!;
    throw fisErrorOf(malformed(`${path.join('.') || 'the response'}: ${message}`), about);
  }

  async function pages<Item>(
    operation: string,
    commandFor: (page: Page) => object,
    schema: z.ZodType<{ items: Item[]; nextToken: string | null }>,
    around?: Around,
  ): Promise<Item[]> {
    const items: Item[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
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
    throw fisErrorOf(malformed(`more than ${MAX_PAGES} pages`), aboutOf(operation));
  }

  return { call, pages, aboutOf, close: () => client.destroy() };
}

/** The common part of all SDK commands, which have no common type. */
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
      what: 'signed requests must not be sent to this address',
      got: endpoint,
      expected: 'an https:// URL, or http:// on this machine',
      next: 'Correct `fis.endpoint` of the target, or AWS_ENDPOINT_URL_FIS.',
    });
  }
  // An endpoint on this machine never receives the user's credentials.
  const credentials = { accessKeyId: 'antipode', secretAccessKey: 'antipode' };
  return { ...config, endpoint, ...(isHere ? { credentials } : {}) };
}

const isRequest = (request: unknown): request is HttpRequest =>
  typeof request === 'object' && request !== null && 'path' in request && 'query' in request;

/** The JSON of a response, which the SDK then reads again. An error that is not JSON keeps its status. */
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
    // Reported below.
  }
  const shown = text.trim().slice(0, 200);
  if (response.statusCode < 300) throw malformed(JSON.stringify(shown));
  response.body = new Uint8Array(Buffer.from(JSON.stringify({ message: shown })));
  return {};
}

const malformed = (what: string): Error => Object.assign(new Error(what), { name: 'MalformedReply' });

const abortError = (call: FisCall, isDeadline: boolean, deadlineMs: number): FisCallError =>
  isDeadline
    ? new FisCallError(call, 'timeout', null, {
        what: `no response to ${call.operation} within ${deadlineMs / 1000} s`,
        next: 'Try again; it may have been carried out.',
      })
    : new FisCallError(call, 'aborted', null, { what: `${call.operation} was aborted` });
