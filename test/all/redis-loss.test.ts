import { describe, expect, it } from 'vitest';
import { underTest } from '../world-under-test.ts';
import { sendRequest, type HttpResponse } from '../http.ts';
import { FAULT, setProxy, urlOf, worldWith } from '../world-rig.ts';

describe('the loss of Redis', () => {
  it.each(['refused', 'black hole', 'slow', 'stop', 'freeze', 'empty'])('(%s) does not affect users', async (face) => {
    await using world = await worldWith(null);
    const { act } = underTest(world.file);
    const toxics = `${world.file.toxiproxy.url}/proxies/redis-eu-west-1/toxics`;
    const timeout = { name: 'hole', type: 'timeout', stream: 'downstream', toxicity: 1, attributes: { timeout: 0 } };
    const latency = { ...timeout, name: 'slow', type: 'latency', attributes: { latency: 1_000, jitter: 0 } };
    if (face === 'refused') await setProxy(world, 'redis-eu-west-1', false);
    else if (face === 'black hole') await sendRequest('POST', toxics, { body: timeout });
    else if (face === 'slow') await sendRequest('POST', toxics, { body: latency });
    else await act('store-eu-west-1', face, FAULT);

    // Open loop: sixty requests a second for ten seconds, whatever their latency.
    const url = urlOf(world, 'eu-west-1');
    const asked: Promise<HttpResponse>[] = [];
    const beganMs = performance.now();
    for (let i = 0; i < 600; i++) {
      const waitMs = beganMs + i * (1_000 / 60) - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (i % 10 === 9) asked.push(sendRequest('POST', `${url}/sessions`, { body: { user: `user-${i}` } }));
      else
        asked.push(sendRequest('GET', url + (i % 2 ? `/products/${(i * 7) % 500}` : `/products?tenant=a&page=${i}`)));
    }
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status >= 400)).toEqual([]);
    const tookMs = answers.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
    // p99, on a possibly busy machine.
    expect(tookMs[Math.floor(tookMs.length * 0.99)]).toBeLessThan(250);
    expect(tookMs[Math.floor(tookMs.length * 0.95)]).toBeLessThan(120);
  });
});
