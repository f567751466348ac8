import { expect, test } from 'vitest';
import { ignoredWords, outputSecrets, outputVariables } from './k6-environment.ts';

const SHELL = {
  PATH: '/bin',
  HTTPS_PROXY: 'http://127.0.0.1:1',
  GODEBUG: 'http2client=0',
  K6_INSECURE_SKIP_TLS_VERIFY: 'true',
  K6_HTTP_DEBUG: 'full',
  K6_PAUSED: 'true',
  K6_OUT: 'json=x',
  K6_PROMETHEUS_RW_SERVER_URL: 'http://me:hunter2@127.0.0.1:9090/api/v1/write',
  K6_PROMETHEUS_RW_PASSWORD: 'hunter3',
  K6_INFLUXDB_ADDR: 'http://127.0.0.1:8086',
  K6_OTEL_HEADERS: 'a=b',
  K6_CSV_TIME_FORMAT: 'rfc3339',
  K6_WEB_DASHBOARD: 'true',
  K6_CLOUD_TOKEN: 'hunter4',
};

test.each([
  [[] as string[], [] as string[]],
  [['experimental-prometheus-rw'], ['K6_PROMETHEUS_RW_SERVER_URL', 'K6_PROMETHEUS_RW_PASSWORD']],
  [['json=a.json', 'influxdb=http://127.0.0.1:8086/k6'], ['K6_INFLUXDB_ADDR']],
  [['opentelemetry'], ['K6_OTEL_HEADERS']],
  [['csv=a.csv'], ['K6_CSV_TIME_FORMAT']],
  [['web-dashboard'], ['K6_WEB_DASHBOARD']],
  [['cloud'], ['K6_CLOUD_TOKEN']],
  [['http', 'constructor', 'insecure'], []],
])('of the shell, --out %j gets %j', (out, names) => {
  const { passed, ignored } = outputVariables(out, SHELL);
  expect(Object.keys(passed)).toEqual(names);
  const options = ['K6_HTTP_DEBUG', 'K6_INSECURE_SKIP_TLS_VERIFY', 'K6_OUT', 'K6_PAUSED'];
  // It would start an output that is not requested; variables of other unused outputs are not reported.
  expect(ignored).toEqual(out.includes('web-dashboard') ? options : [...options, 'K6_WEB_DASHBOARD']);
  expect(ignoredWords(ignored)).not.toMatch(/hunter|full|http:/);
});

test('secrets of outputs are found', () => {
  const { passed } = outputVariables(['experimental-prometheus-rw'], SHELL);
  expect(outputSecrets(['influxdb=http://me:hunter%2F5@127.0.0.1/k6'], passed)).toEqual([
    'hunter3',
    'hunter%2F5',
    'hunter/5',
    'hunter2',
    'hunter2',
  ]);
});
