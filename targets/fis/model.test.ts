import { describe, expect, it } from 'vitest';
import { durationMs } from './clock.ts';
import model from './model.json' with { type: 'json' };
import { faultsIn, inputOf, routeOf } from './model.ts';
import { signedRegion } from './signature.ts';

describe('the model of the service', () => {
  it('names no shape that it does not have', () => {
    const shapes = model.shapes as Record<string, Record<string, unknown>>;
    const named = [
      ...Object.values(model.operations).flatMap(({ input, output }) => [input, output]),
      ...Object.values(shapes).flatMap(({ members = {}, member, key, value }) =>
        [...Object.values(members as Record<string, string>), member, key, value].filter((one) => one !== undefined),
      ),
    ];
    expect(named.filter((name) => !Object.hasOwn(shapes, name as string))).toEqual([]);
  });

  it('finds an operation by its request line, with decoded path parameters', () => {
    expect(routeOf('DELETE', '/experiments/EXP1')).toEqual({ operation: 'StopExperiment', uri: { id: 'EXP1' } });
    expect(routeOf('GET', '/tags/arn%3Aaws%3Afis%3A%3A%3Aexperiment%2FEXP1')).toEqual({
      operation: 'ListTagsForResource',
      uri: { resourceArn: 'arn:aws:fis:::experiment/EXP1' },
    });
    expect(routeOf('PUT', '/experiments')).toBeNull();
    expect(routeOf('GET', '/experiments/')).toBeNull();
    expect(routeOf('GET', '/experiments/EXP1/more')).toBeNull();
  });

  it('reports where and how a value violates it', () => {
    const wrong = faultsIn(
      {
        clientToken: 'a token',
        description: 'x'.repeat(513),
        actions: { one: { parameters: { duration: 5 } } },
        stopConditions: [{ source: 'none', colour: 'red' }],
        targets: {
          t: { resourceType: 'aws:ec2:subnet', selectionMode: 'ALL', resourceArns: Array(6).fill('a'.repeat(20)) },
        },
      },
      'CreateExperimentTemplateRequest',
    );
    expect(wrong).toEqual([
      "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
      `Value "a token" at 'clientToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\S]+`,
      expect.stringMatching(
        /at 'description' failed to satisfy constraint: Member must have length less than or equal to 512$/,
      ),
      "Value null at 'actions.one.actionId' failed to satisfy constraint: Member must not be null",
      "Value 5 at 'actions.one.parameters.duration' failed to satisfy constraint: Member must be a string",
      "'stopConditions.1.member.colour' is not a member of CreateExperimentTemplateStopConditionInput; known: source, value",
      expect.stringMatching(/at 'targets\.t\.resourceArns' failed .* less than or equal to 5$/),
    ]);
  });

  it('lets the parameters of documents have spaces, as the samples of AWS have', () => {
    const action = { actionId: 'aws:ssm:send-command', parameters: { documentParameters: '{"a": "b"}' } };
    expect(faultsIn(action, 'CreateExperimentTemplateActionInput')).toEqual([]);
  });

  it('takes the query for numbers and lists where the model has them, and refuses what it does not know', () => {
    const list = routeOf('GET', '/experiments')!;
    expect(inputOf(list, new URLSearchParams('maxResults=7'), {})).toEqual({ input: { maxResults: 7 }, errors: [] });
    expect(inputOf(list, new URLSearchParams('maxResults=0'), {}).errors).toHaveLength(1);
    expect(inputOf(list, new URLSearchParams('maxResults=many'), {}).errors).toHaveLength(1);
    expect(inputOf(list, new URLSearchParams('state=running'), {}).errors).toEqual([
      "there is no query parameter 'state'",
    ]);
    const untag = routeOf('DELETE', `/tags/${'a'.repeat(20)}`)!;
    expect(inputOf(untag, new URLSearchParams('tagKeys=a&tagKeys=b'), {}).input['tagKeys']).toEqual(['a', 'b']);
  });
});

describe('a signature', () => {
  const now = Date.UTC(2026, 10, 24, 12, 0, 0);
  const headers = (change: Record<string, string> = {}, scope = '20261124/eu-west-1/fis') => ({
    'x-amz-date': '20261124T115500Z',
    authorization: `AWS4-HMAC-SHA256 Credential=AKID/${scope}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0f'.repeat(32)}`,
    ...change,
  });

  it('selects the region', () => {
    expect(signedRegion(headers(), now)).toBe('eu-west-1');
  });

  it.each([
    ['another service', headers({}, '20261124/eu-west-1/ec2'), /scoped to correct service: 'fis'/],
    ['another day', headers({}, '20261123/eu-west-1/fis'), /Date in Credential scope/],
    ['long ago', headers({ 'x-amz-date': '20261124T100000Z' }), /Signature expired/],
    ['another form', headers({ authorization: 'Bearer x' }), /not an AWS4-HMAC-SHA256 signature/],
    ['no date', headers({ 'x-amz-date': '' }), /X-Amz-Date/],
  ])('is refused when it is of %s', (_, given, message) => {
    expect(() => signedRegion(given, now)).toThrow(message);
  });

  it('must be there', () => {
    expect(() => signedRegion({}, now)).toThrow('Missing Authentication Token');
  });
});

describe('a duration', () => {
  it.each([
    ['PT1M', 60_000],
    ['PT90S', 90_000],
    ['PT1H30M', 5_400_000],
    ['PT12H', 43_200_000],
    ['P1D', null],
    ['PT', null],
    ['1m', null],
  ])('%s is %s ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });
});
