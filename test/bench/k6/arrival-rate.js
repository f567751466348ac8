// Stock k6: constant-arrival-rate, with HEADERS the same request as the player sends. RATE, SECONDS, CLIENTS (virtual
// users), URL, PATH_ in the environment.
import http from 'k6/http';
import { Rate } from 'k6/metrics';

const over = new Rate('over120');

export const options = {
  scenarios: {
    rate: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE),
      timeUnit: '1s',
      duration: `${__ENV.SECONDS}s`,
      preAllocatedVUs: Number(__ENV.CLIENTS),
    },
  },
  discardResponseBodies: true,
  summaryTrendStats: ['p(50)', 'p(99)'],
};

const params = __ENV.HEADERS
  ? { headers: { 'X-Antipode-Run': 'bench', traceparent: '' }, timeout: 5000, redirects: 0, responseType: 'none' }
  : undefined;

export default function request() {
  const base = __ENV.REFUSED && Math.random() < Number(__ENV.REFUSED) ? __ENV.REFUSED_URL : __ENV.URL;
  if (params) params.headers.traceparent = `00-${__VU}-${__ITER}-01`;
  const response = http.get(`${base}${__ENV.PATH_ || '/fast'}`, params);
  if (__ENV.TRUTH) over.add(response.timings.duration > 120);
}

export function handleSummary(data) {
  const { metrics } = data;
  return {
    stdout: JSON.stringify({
      over120: metrics.over120 ? metrics.over120.values.rate : null,
      p99: metrics.http_req_duration.values['p(99)'],
      sent: metrics.http_reqs.values.count,
      dropped: metrics.dropped_iterations ? metrics.dropped_iterations.values.count : 0,
    }),
  };
}
