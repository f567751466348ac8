/** A client of the API in this process, over HTTP, to compile its code before a run measures it. */
import { Agent, request } from 'node:http';

export interface WarmUpClient {
  /** The body of the response; an error if its status is not a good one. */
  send(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<string>;
  close(): void;
}

export function warmUpClient(port: number): WarmUpClient {
  const agent = new Agent({ keepAlive: true });
  return {
    send: (method, path, body, headers = {}) =>
      new Promise((resolve, reject) => {
        const type = body ? { 'Content-Type': 'application/json' } : {};
        request({ host: '127.0.0.1', port, agent, method, path, headers: { ...headers, ...type } }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
          response.on('end', () =>
            response.statusCode! < 400
              ? resolve(text)
              : reject(new Error(`${method} ${path} returned status ${response.statusCode}: ${text}`)),
          );
        })
          .on('error', reject)
          .end(body && JSON.stringify(body));
      }),
    close: () => agent.destroy(),
  };
}
