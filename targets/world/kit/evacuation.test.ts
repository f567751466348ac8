import { describe, expect, it } from 'vitest';
import { evacuating } from './evacuation.ts';

/** An edge that keeps what it is told, and says what the test lets it. */
function edge() {
  const told: object[] = [];
  let hear: (message: Record<string, unknown>) => void = () => {};
  return {
    told,
    answers: (region: string, isOut: boolean, answering: string[]) =>
      hear({ kind: 'evacuated', region, isOut, answering }),
    say: (message: object) => void told.push(message),
    onEvery: (_: string, take: (message: Record<string, unknown>) => void) => void (hear = take),
  };
}

describe('the hand on the routing', () => {
  it('tells the edge, and resolves when the edge says that it is so', async () => {
    const one = edge();
    const evacuate = evacuating(one);
    const [out, other] = [evacuate('a', true), evacuate('b', true)];
    expect(one.told).toEqual([
      { kind: 'evacuate', region: 'a', isOut: true },
      { kind: 'evacuate', region: 'b', isOut: true },
    ]);
    one.answers('b', true, ['a']);
    one.answers('a', false, ['a', 'b']); // nobody has asked for this
    expect(await other).toEqual(['a']);
    one.answers('a', true, ['c']);
    expect(await out).toEqual(['c']);
  });

  it('gives up on an edge that says nothing', async () => {
    await expect(evacuating(edge(), 20)('a', true)).rejects.toThrow(/did not answer within 0.02 s/);
  });
});
