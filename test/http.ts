import { Agent, type Dispatcher, request } from 'undici';

export interface HttpResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  text: string;
  json: Record<string, unknown>;
  tookMs: number;
}

// Keeps warm connections, like a long-lived client.
const agent = new Agent({ connections: 32, pipelining: 1, keepAliveTimeout: 60_000 });

/** One HTTP request; a body is sent as JSON. */
export async function sendRequest(
  method: Dispatcher.HttpMethod,
  url: string,
  { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
): Promise<HttpResponse> {
  const beganMs = performance.now();
  const response = await request(url, {
    method,
    dispatcher: agent,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.body.text();
  const tookMs = performance.now() - beganMs;
  const isJson = String(response.headers['content-type']).startsWith('application/json');
  return {
    status: response.statusCode,
    headers: response.headers as Record<string, string>,
    text,
    json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    tookMs,
  };
}

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
