import type { Options } from 'k6/options';

/** The option by which k6 shows the target's client certificate; its files are read here and copied nowhere. */
export function clientCertificate(): Pick<Options, 'tlsAuth'> {
  const certFile = __ENV['ANTIPODE_CLIENT_CERTIFICATE'];
  const keyFile = __ENV['ANTIPODE_CLIENT_KEY'];
  // Without domains: only the target is spoken to in TLS.
  return certFile && keyFile ? { tlsAuth: [{ cert: open(certFile), key: open(keyFile) }] } : {};
}
