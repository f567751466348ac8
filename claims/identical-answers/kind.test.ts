import { describe, expect, it } from 'vitest';
import { found } from '../../test/found.ts';
import type { Finding } from '../claim.ts';
import { type RegionResponse, type ComparedResponses, shapeOf } from './observation.ts';

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];

/** What is found in the third region, or in a pair, where each of these requests was answered so by the three. */
const judged = (requests: (Partial<RegionResponse> | null)[][], about?: { per: 'pair'; subject: number }): Finding => {
  const seen: ComparedResponses = requests.map((responses, i) => ({
    request: `get ${i + 1}`,
    responses: responses.map((given, r) => ({
      region: REGIONS[r]!,
      status: given === null ? null : 200,
      failure: given === null ? 'refused' : null,
      version: '2',
      shape: '{id:number}',
      ...given,
    })),
  }));
  return found('identical-answers', { differingAnswers: 0 }, {}, [], seen, about);
};

describe('responses of regions', () => {
  it('are identical if status, shape and version are', () => {
    expect(
      judged([
        [{}, {}, {}],
        [{ status: 404 }, { status: 404 }, { status: 404 }],
      ]),
    ).toMatchObject({
      status: 'PASS',
      total: 2,
      bad: 0,
    });
  });

  it.each([{ status: 500 }, { shape: '{id:string}' }, { version: '1' }])('differ by %o', (odd) => {
    const { status, bad, why } = judged([
      [{}, {}, odd],
      [{}, {}, {}],
    ]);
    expect([status, bad]).toEqual(['FAIL', 1]);
    expect(why).toMatch(/^1 of 2 requests got a different response than in other regions \(get 1: .*, elsewhere 200/);
  });

  it('count against the region that differs from the majority', () => {
    expect(judged([[{}, { version: '1' }, {}]]).status).toBe('PASS');
  });

  it('are undecided without a response of a region, and not tested without requests', () => {
    expect(
      judged([
        [{}, {}, {}],
        [{}, {}, null],
      ]).status,
    ).toBe('INCONCLUSIVE');
    expect(judged([[{}, {}, null]]).why).toMatch(/^Not tested/);
    expect(found('identical-answers', { differingAnswers: 0 }, {}).why).toMatch(/^Not tested/);
  });
});

describe('responses of two regions', () => {
  /** Of the second and the third region. */
  const pair = { per: 'pair', subject: 5 } as const;

  it('are compared with each other, whatever a third one responds', () => {
    expect(judged([[{ version: '1' }, {}, {}]], pair).status).toBe('PASS');
    const { status, why } = judged([[{}, {}, { status: 500 }]], pair);
    expect(status).toBe('FAIL');
    expect(why).toMatch(
      /^1 of 1 request got a different response than in ap-southeast-1 \(get 1: 200 .*, ap-southeast-1 500/,
    );
  });

  it('are undecided without a response of one of them', () => {
    expect(
      judged(
        [
          [{}, {}, {}],
          [{}, {}, null],
        ],
        pair,
      ).status,
    ).toBe('INCONCLUSIVE');
    expect(judged([[{}, {}, null]], pair).why).toMatch(
      /^Not tested: eu-west-1 and ap-southeast-1 did not both respond/,
    );
  });
});

describe('the shape of a response', () => {
  it('is names and types, in no order, without values', () => {
    expect(shapeOf('{"b":[{"x":1}],"a":null}', 'application/json')).toBe('{a:null,b:[{x:number}]}');
    expect(shapeOf('{"a":null,"b":[{"x":7},{"x":8}]}', 'application/json')).toBe('{a:null,b:[{x:number}]}');
  });

  it('is the content type unless the body is JSON', () => {
    expect(shapeOf('<html>', 'text/html; charset=utf-8')).toBe('text/html');
  });
});
