import type { Options } from 'k6/options';

/** The k6 option for the target's client certificate; its files are read here and not copied. */
export function clientCertificate(): Pick<Options, 'tlsAuth'> {
  const certFile = __ENV['ANTIPODE_CLIENT_CERTIFICATE'];
  const keyFile = __ENV['ANTIPODE_CLIENT_KEY'];
  // Without domains: only the target uses TLS.
  return certFile && keyFile ? { tlsAuth: [{ cert: open(certFile), key: open(keyFile) }] } : {};
}
