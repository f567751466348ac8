import { usageError } from '../errors.ts';

const VARIABLE = 'ANTIPODE_GRAFANA_URL';

/**
 * Where the Grafana with the dashboard of reports/observability is, without a trailing slash: reports link to it. null
 * where the variable is unset or empty; a usage error (exit 2) for what is no address, or holds a secret: reports show
 * it.
 */
export function grafanaUrl(env: NodeJS.ProcessEnv): string | null {
  const given = env[VARIABLE];
  if (!given) return null;
  const wrong = (got: string): Error =>
    usageError({
      where: VARIABLE,
      what: 'this is no address that reports can link to',
      got,
      expected: 'http:// or https://, a host, and at most a path, such as http://127.0.0.1:3000',
      next: `Correct it, or unset ${VARIABLE}.`,
    });
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw wrong(`"${given}"`);
  // Not repeated: messages end in logs.
  if (url.username !== '' || url.password !== '') throw wrong('one with a user name or a password');
  if (url.search !== '' || url.hash !== '') throw wrong(`"${given}", with a query`);
  return url.href.replace(/\/+$/, '');
}
