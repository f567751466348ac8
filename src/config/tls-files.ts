/** The PEM files of a target: a CA, and a client certificate with its key. They are checked and never copied. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { ErrorParts } from '../errors.ts';
import type { Target } from './types.ts';
import type { YamlFile } from './places.ts';

/** Their errors, each with its place in the target file; no part of a key is printed. */
export async function tlsMistakes(tls: Target['tls'], file: YamlFile): Promise<ErrorParts[]> {
  const { caFile, certFile, keyFile } = tls;
  const mistakes = caFile === null ? [] : await caMistakes(caFile, file);
  if (certFile === null || keyFile === null) return mistakes;
  const [certPem, keyPem] = await Promise.all([textOf(certFile), textOf(keyFile)]);
  const mistake = (key: 'certFile' | 'keyFile', what: string, expected: string, next = 'Correct the path.') => ({
    where: file.at(['tls', key]),
    what,
    got: relative(process.cwd(), key === 'certFile' ? certFile : keyFile),
    expected,
    next,
  });
  const certificate = certPem === null ? null : certificateOf(certPem);
  if (!certificate) {
    const what = `the client certificate file ${certPem === null ? 'cannot be read' : 'contains no certificate'}`;
    mistakes.push(mistake('certFile', what, 'a PEM file with a certificate, its path relative to the target file'));
  }
  const key = keyPem === null ? null : keyOf(keyPem);
  if (!key) {
    const isEncrypted = keyPem !== null && /ENCRYPTED/.test(keyPem);
    const what = `the client key file ${keyPem === null ? 'cannot be read' : isEncrypted ? 'needs a passphrase' : 'contains no key'}`;
    const next = isEncrypted ? 'Use a copy without one: `openssl pkey -in <file> -out <copy>`.' : undefined;
    mistakes.push(
      mistake('keyFile', what, 'a PEM file with a private key, its path relative to the target file', next),
    );
  }
  if (certificate && key && !certificate.checkPrivateKey(key)) {
    const what = 'the client key does not match the certificate';
    mistakes.push(
      mistake('keyFile', what, `the key of ${relative(process.cwd(), certFile)}`, 'Use the files of one pair.'),
    );
  }
  return mistakes;
}

async function caMistakes(caFile: string, file: YamlFile): Promise<ErrorParts[]> {
  const pem = await textOf(caFile);
  if (pem?.includes('-----BEGIN CERTIFICATE-----')) return [];
  return [
    {
      where: file.at(['tls', 'caFile']),
      what: pem === null ? 'the CA file cannot be read' : 'the CA file contains no certificate',
      got: relative(process.cwd(), caFile),
      expected: 'a PEM file with a certificate, its path relative to the target file',
      next: 'Correct the path.',
    },
  ];
}

const textOf = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);

/** The first certificate of the file: the client's own. The others are its chain. */
function certificateOf(pem: string): X509Certificate | null {
  try {
    return pem.includes('-----BEGIN CERTIFICATE-----') ? new X509Certificate(pem) : null;
  } catch {
    return null;
  }
}

function keyOf(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
