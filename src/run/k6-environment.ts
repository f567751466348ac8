/**
 * The `K6_*` variables of the shell that reach k6. Almost every one is an option of k6 and would change what a run
 * measures (K6_INSECURE_SKIP_TLS_VERIFY, K6_PAUSED, K6_DNS), so only those that configure an output of `--out` pass.
 */

/** Variables by the name of the output that reads them (k6 2.2, and the extensions its documentation lists). */
const OF_OUTPUT: Record<string, RegExp> = {
  cloud: /^K6_CLOUD_/,
  csv: /^K6_CSV_/,
  datadog: /^K6_(DATADOG|STATSD)_/,
  'experimental-opentelemetry': /^K6_OTEL_/,
  'experimental-prometheus-rw': /^K6_PROMETHEUS_RW_/,
  influxdb: /^K6_INFLUXDB_/,
  json: /^K6_JSON_/,
  opentelemetry: /^K6_OTEL_/,
  'output-dynatrace': /^K6_DYNATRACE_/,
  'output-elasticsearch': /^K6_ELASTICSEARCH_/,
  'output-kafka': /^K6_KAFKA_/,
  'output-statsd': /^K6_STATSD_/,
  'output-timescaledb': /^K6_TIMESCALEDB_/,
  statsd: /^K6_STATSD_/,
  timescaledb: /^K6_TIMESCALEDB_/,
  'web-dashboard': /^K6_WEB_DASHBOARD(_|$)/,
  'xk6-influxdb': /^K6_INFLUXDB_/,
  'xk6-kafka': /^K6_KAFKA_/,
};

/** Variables of unused outputs are not worth a message. K6_WEB_DASHBOARD is, because it would start its output. */
const NOT_REPORTED = Object.entries(OF_OUTPUT).flatMap(([name, reader]) => (name === 'web-dashboard' ? [] : [reader]));

/** Variables whose value is redacted from k6's output. */
const HOLDS_SECRET = /TOKEN|PASSWORD|SECRET|KEY|HEADER|USERNAME|CREDENTIAL/;

/**
 * The `K6_*` variables of `environment`: those of the outputs that `--out` names, which pass, and the sorted names of
 * the ignored ones.
 */
export function outputVariables(
  out: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): { passed: Record<string, string>; ignored: string[] } {
  const readers = out.flatMap((output) => {
    const [name] = output.split('=', 1);
    return Object.hasOwn(OF_OUTPUT, name!) ? [OF_OUTPUT[name!]!] : [];
  });
  const passed: Record<string, string> = {};
  const ignored: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    // Case-insensitive: on Linux k6 ignores k6_paused, and reporting it does no harm.
    if (value === undefined || !/^K6_/i.test(name)) continue;
    if (readers.some((reader) => reader.test(name))) passed[name] = value;
    else if (!NOT_REPORTED.some((reader) => reader.test(name))) ignored.push(name);
  }
  return { passed, ignored: ignored.toSorted() };
}

/** The secrets among these variables and in URLs such as `--out influxdb=http://user:password@host`. */
export function outputSecrets(out: readonly string[], passed: Record<string, string>): string[] {
  const credentials = [...out, ...Object.values(passed)].flatMap((text) => {
    const found = /:\/\/[^\s/?#@]*?:([^\s/?#@]+)@/.exec(text);
    return found ? [found[1]!, decoded(found[1]!)] : [];
  });
  return [
    ...Object.entries(passed)
      .filter(([name]) => HOLDS_SECRET.test(name))
      .map(([, value]) => value),
    ...credentials,
  ];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The message about ignored variables, printed once. */
export const ignoredWords = (names: readonly string[]): string =>
  `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} ignored: runs do not depend on the shell; ` +
  'only variables of an output that --out names reach k6';
