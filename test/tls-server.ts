/** HTTPS servers for tests, with their own certificate authority, that record their requests. */
import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2';
import { isIP, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

/** PEM files: the authority that clients must trust, and the server's certificate and key. */
export interface Certificate {
  caFile: string;
  certFile: string;
  keyFile: string;
}

/**
 * Creates a certificate authority and a certificate for `names` in `folder`, valid for a day. Needs the openssl
 * command, a dependency of Debian's ca-certificates.
 */
export async function makeCertificate(folder: string, id: string, names: string[]): Promise<Certificate> {
  const file = (name: string): string => join(folder, `${id}-${name}.pem`);
  const request = (subject: string, name: string, more: string[]): string[] => {
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    return [...made, '-subj', `/CN=${subject}`, '-keyout', file(`${name}-key`), '-out', file(name), ...more];
  };
  await execa('openssl', request(`${id} test authority`, 'ca', []));
  const signed = ['-CA', file('ca'), '-CAkey', file('ca-key'), '-addext', 'basicConstraints=critical,CA:FALSE'];
  const alternatives = `subjectAltName=${names.map((name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`).join(',')}`;
  await execa('openssl', request(names[0]!, 'server', [...signed, '-addext', alternatives]));
  return { caFile: file('ca'), certFile: file('server'), keyFile: file('server-key') };
}

/** One received request. */
export interface Seen {
  method: string;
  path: string;
  /** `:authority` of HTTP/2, Host of HTTP/1.1. */
  authority: string | undefined;
  servername: string;
  /** The protocol negotiated by ALPN: `h2` or `http/1.1`. */
  protocol: string;
  headers: Http2ServerRequest['headers'];
}

export interface TlsServer extends AsyncDisposable {
  port: number;
  seen: Seen[];
  /** Accepted TCP connections, including those whose TLS handshake failed. */
  connections: number;
}

/** Serves HTTP/2 and HTTP/1.1 on loopback; responds with 200 unless `answer` does otherwise. */
export async function serveTls(
  { certFile, keyFile }: Certificate,
  answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void = (_, response) => response.end('{}'),
): Promise<TlsServer> {
  const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
  const sessions = new Set<ServerHttp2Session>();
  const server = createSecureServer({ cert, key, allowHTTP1: true });
  const tls: TlsServer = {
    port: 0,
    seen: [],
    connections: 0,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('connection', () => (tls.connections += 1));
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('request', (request, response) => {
    const socket = (request.stream?.session?.socket ?? request.socket) as TLSSocket & { servername: string };
    tls.seen.push({
      method: request.method,
      path: request.url,
      authority: request.headers[':authority'] ?? request.headers.host,
      servername: socket.servername,
      protocol: String(socket.alpnProtocol),
      headers: request.headers,
    });
    answer(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  tls.port = (server.address() as AddressInfo).port;
  return tls;
}

/** Writes one file into `folder` and returns its path. */
export async function written(folder: string, name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}
