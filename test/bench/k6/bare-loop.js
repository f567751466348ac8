// The least a paced k6 can do: one virtual user a client, sleep to the due time, send. No recording, no output.
import { sleep } from 'k6';
import http from 'k6/http';

const clients = Number(__ENV.CLIENTS);
const perSecond = Number(__ENV.RATE);
const seconds = Number(__ENV.SECONDS);

export const options = {
  scenarios: {
    loop: {
      executor: 'per-vu-iterations',
      vus: clients,
      iterations: 1,
      maxDuration: `${seconds + 20}s`,
      gracefulStop: '0s',
    },
  },
  discardResponseBodies: true,
  systemTags: [],
};

export function setup() {
  return { t0: Date.now() + 500 };
}

export default function loop({ t0 }) {
  const rows = (perSecond * seconds) / clients;
  const params = {
    headers: { 'X-Antipode-Run': 'bench', traceparent: '00-0-0-01' },
    timeout: 5000,
    redirects: 0,
    responseType: 'none',
  };
  for (let i = 0; i < rows; i += 1) {
    const due = t0 + ((i * clients + __VU - 1) * 1000) / perSecond;
    const wait = due - Date.now();
    if (wait > 0) sleep(wait / 1000);
    params.headers.traceparent = `00-${i}-${__VU}-01`;
    http.request('GET', `${__ENV.URL}/fast`, null, params);
  }
}
