import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fis, fisIn } from './client.ts';
import type { FisCallError } from './errors.ts';
import { type FisRig, outageOf, startFisRig } from '../../../../test/fis-rig.ts';

let rig: FisRig;
let fis: Fis;
beforeAll(async () => void (rig = await startFisRig()));
afterAll(() => rig?.close());
beforeEach(async () => {
  await rig.fail();
  fis = fisIn('eu-west-1', { endpoint: rig.url, deadlineMs: 15_000, attempts: 3 });
});

const partHere = () => outageOf(rig.target).parts.find(({ awsRegion }) => awsRegion === 'eu-west-1')!;
const errorOf = (promise: Promise<unknown>): Promise<FisCallError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as FisCallError,
  );
const START = { clientToken: 't-1', actionsMode: 'skip-all', tags: {} } as const;

/** A server that is no FIS, or an old one. */
async function serving(answer: (path: string, method: string, body: string) => [status: number, body: string]) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push(`${request.method} ${request.url} ${body}`);
      const [status, text] = answer(request.url!, request.method!, body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const experiment = (over: object): string =>
  JSON.stringify({ experiment: { id: 'EXP1', experimentTemplateId: 'EXT1', state: { status: 'pending' }, ...over } });

describe('a template', () => {
  it('is created once per token, and no longer exists after a delete', async () => {
    const { template, tokens } = partHere();
    const id = await fis.createTemplate(template, tokens.template);
    expect(await fis.createTemplate(template, tokens.template)).toBe(id);
    expect(await fis.templates()).toContainEqual(expect.objectContaining({ id, tags: template.tags }));
    expect(await fis.deleteTemplate(id)).toBe(true);
    expect(await fis.deleteTemplate(id)).toBe(false);
  });

  it('keeps its report configuration, which the SDK drops', async () => {
    await using server = await serving(() => [200, '{"experimentTemplate":{"id":"EXT1"}}']);
    const { template, tokens } = partHere();
    const s3Configuration = { bucketName: 'b', prefix: 'p' };
    const experimentReportConfiguration = {
      outputs: { s3Configuration },
      dataSources: { cloudWatchDashboards: [] },
      preExperimentDuration: 'PT5M',
      postExperimentDuration: 'PT5M',
    };
    const to = fisIn('eu-west-1', { endpoint: server.url });
    await to.createTemplate({ ...template, experimentReportConfiguration }, tokens.template);
    const [body] = /\{.*\}$/.exec(server.requests[0]!)!;
    expect(JSON.parse(body)).toMatchObject({ experimentReportConfiguration, clientToken: tokens.template });
  });
});

describe('a preview', () => {
  it('sends its mode, in a field that the SDK drops', async () => {
    const { template, tokens } = partHere();
    const templateId = await fis.createTemplate(template, tokens.template);
    const begun = await fis.start({ ...START, templateId, clientToken: tokens.preview });
    expect(begun.actionsMode).toBe('skip-all');
    expect(begun.arn).toContain(`experiment/${begun.id}`);
  });

  it('that the reply does not echo is stopped at once, and is an error', async () => {
    await using old = await serving((path, method) =>
      method === 'DELETE' ? [200, experiment({ state: { status: 'stopping' } })] : [200, experiment({})],
    );
    const error = await errorOf(fisIn('eu-west-1', { endpoint: old.url }).start({ ...START, templateId: 'EXT1' }));
    expect(error).toMatchObject({ failure: 'unsafe', exitCode: 4 });
    expect(error.message).toContain('without actionsMode, expected skip-all. A stop was requested.');
    expect(old.requests.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'POST /experiments',
      'DELETE /experiments/EXP1',
    ]);
  });

  it('that is started as run-all is stopped, too, with an error if that fails', async () => {
    const experimentOptions = { actionsMode: 'run-all' };
    await using other = await serving((_, method) =>
      method === 'DELETE' ? [400, '{"message":"no"}'] : [200, experiment({ experimentOptions })],
    );
    const error = await errorOf(fisIn('eu-west-1', { endpoint: other.url }).start({ ...START, templateId: 'EXT1' }));
    expect(error.message).toContain('got run-all, expected skip-all. IT COULD NOT BE STOPPED');
  });
});

describe('an experiment', () => {
  it('is found over all pages, and by its template alone', async () => {
    const { template, tokens } = partHere();
    const templateId = await fis.createTemplate(template, tokens.template);
    const { id } = await fis.start({ ...START, templateId, clientToken: tokens.preview });
    expect((await fis.experiments(templateId)).map((one) => one.id)).toEqual([id]);
    const page = (nextToken: string | null, name: string): string =>
      JSON.stringify({ experiments: [{ id: name, tags: {} }], ...(nextToken ? { nextToken } : {}) });
    await using paged = await serving((path) => [200, path.includes('nextToken') ? page(null, 'B') : page('2', 'A')]);
    const all = await fisIn('eu-west-1', { endpoint: paged.url }).experiments();
    expect(all.map((one) => one.id)).toEqual(['A', 'B']);
  });

  it('that is not there is no error to stop', async () => {
    expect(await fis.stop('EXPabsent')).toBeNull();
  });
});

describe('the safety lever', () => {
  it('is read, though the SDK has no such call, and is absent where the endpoint has none', async () => {
    expect(await fis.lever()).toMatchObject({ status: 'disengaged' });
    await using old = await serving(() => [404, '{"message":"no such operation"}']);
    expect(await fisIn('eu-west-1', { endpoint: old.url }).lever()).toBeNull();
  });
});

describe('a call that fails', () => {
  const GET = { operation: 'GetExperiment' };
  const failing = async (failure: object): Promise<FisCallError> => {
    await rig.fail({ kind: 'error', ...GET, ...failure });
    return errorOf(fis.experiment('EXP1'));
  };

  it('is tried again when it is throttled', async () => {
    await rig.fail({ kind: 'error', operation: 'ListExperiments', code: 'ThrottlingException', times: 2 });
    await expect(fis.experiments()).resolves.toBeInstanceOf(Array);
  });

  it.each([
    ['ThrottlingException', 'throttled', 429, /throttled 3 times.*Wait a minute/],
    ['ExpiredTokenException', 'credentials', 403, /have expired.*aws sso login/],
    ['UnrecognizedClientException', 'region', 403, /aws account enable-region --region-name eu-west-1/],
    ['ServiceQuotaExceededException', 'quota', 402, /quota.*Service Quotas/],
    ['ConflictException', 'token', 409, /client token.*Start a new run/],
    ['ResourceNotFoundException', 'absent', 404, /did not find/],
    ['InternalServerException', 'server', 500, /status 500.*health\.aws/],
  ])('with %s says how to fix it', async (code, failure, status, message) => {
    const error = await failing({ code });
    expect(error).toMatchObject({ failure, status, exitCode: 4 });
    expect(error.message.replaceAll('\n', ' ')).toMatch(message);
    expect(error.message).toMatch(/^FIS in eu-west-1: /);
  });

  it('for lack of a permission names the statement, and hides the account by default', async () => {
    const message =
      'User: arn:aws:iam::210987654321:user/ci is not authorized to perform: fis:GetExperiment on resource: ' +
      'arn:aws:fis:eu-west-1:210987654321:experiment/EXP1';
    const error = await failing({ code: 'AccessDeniedException', message });
    expect(error.failure).toBe('permission');
    expect(error.message).toContain(
      'Add {"Effect":"Allow","Action":"fis:GetExperiment","Resource":"arn:aws:fis:eu-west-1:************:experiment/EXP1"}',
    );
    expect(error.message).not.toContain('210987654321');
    const open = fisIn('eu-west-1', { endpoint: rig.url, showAccounts: true });
    expect((await errorOf(open.experiment('EXP1'))).message).toContain('210987654321');
  });

  it('because the region is not enabled names the region', async () => {
    const error = await errorOf(fisIn('me-south-1', { endpoint: rig.url }).experiments());
    expect(error).toMatchObject({ failure: 'region' });
    expect(error.message).toContain('enable-region --region-name me-south-1');
  });

  it('with half a reply is malformed, and with a page of a proxy, too', async () => {
    await rig.fail({ kind: 'malformed-reply', operation: 'ListExperiments' });
    expect(await errorOf(fis.experiments())).toMatchObject({ failure: 'malformed' });
    await using proxy = await serving(() => [200, '<html>Welcome</html>']);
    const error = await errorOf(fisIn('eu-west-1', { endpoint: proxy.url }).experiments());
    expect(error.message).toContain('Welcome');
    await using empty = await serving(() => [200, '{"experiments":[{"id":1}]}']);
    expect(await errorOf(fisIn('eu-west-1', { endpoint: empty.url }).experiments())).toMatchObject({
      failure: 'malformed',
    });
    await using gateway = await serving(() => [502, '<html>Bad Gateway</html>']);
    const broken = await errorOf(fisIn('eu-west-1', { endpoint: gateway.url, attempts: 1 }).experiments());
    expect(broken).toMatchObject({ failure: 'server', status: 502 });
  });

  it('ends at its deadline, or when it is aborted', async () => {
    await using silent = await serving(() => [200, '{}']);
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const hung = fisIn('eu-west-1', {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      deadlineMs: 300,
    });
    const began = performance.now();
    expect(await errorOf(hung.experiments())).toMatchObject({ failure: 'timeout' });
    expect(performance.now() - began).toBeLessThan(3_000);
    const off = AbortSignal.abort();
    const { template } = partHere();
    expect(
      await errorOf(fisIn('eu-west-1', { endpoint: silent.url }).createTemplate(template, 't', off)),
    ).toMatchObject({ failure: 'aborted' });
    hung.close();
    server.closeAllConnections();
    server.close();
  });

  it('for lack of a server names the endpoint', async () => {
    const error = await errorOf(fisIn('eu-west-1', { endpoint: 'http://127.0.0.1:1', attempts: 1 }).experiments());
    expect(error).toMatchObject({ failure: 'unreachable' });
    expect(error.message).toContain('http://127.0.0.1:1');
  });
});

describe('an endpoint', () => {
  it.each(['http://fis.example.net', 'ftp://127.0.0.1', 'nonsense'])('is refused as %s', (endpoint) => {
    expect(() => fisIn('eu-west-1', { endpoint })).toThrow(/signed requests must not be sent to this address/);
  });
});
