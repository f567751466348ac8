import { usageError } from '../errors.ts';

const VARIABLE = 'ANTIPODE_GRAFANA_URL';

/**
 * The URL of the Grafana that has the dashboard of reports/observability, without a trailing slash; reports link to it.
 * null if the variable is unset or empty.
 *
 * @throws exit 2 if it is not a URL, or contains credentials or a query: reports show it.
 */
export function grafanaUrl(env: NodeJS.ProcessEnv): string | null {
  const given = env[VARIABLE];
  if (!given) return null;
  const invalid = (got: string): Error =>
    usageError({
      where: VARIABLE,
      what: 'invalid URL of Grafana',
      got,
      expected: 'an http:// or https:// URL without credentials and query, such as http://127.0.0.1:3000',
      next: `Correct it, or unset ${VARIABLE}.`,
    });
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw invalid(`"${given}"`);
  // Not printed: messages end up in logs.
  if (url.username !== '' || url.password !== '') throw invalid('a URL with a user name or a password');
  if (url.search !== '' || url.hash !== '') throw invalid(`"${given}", a URL with a query or a fragment`);
  return url.href.replace(/\/+$/, '');
}
