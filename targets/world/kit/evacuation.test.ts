import { describe, expect, it } from 'vitest';
import { evacuator } from './evacuation.ts';

/** An edge that stores what it receives, and sends what the test makes it send. */
function edge() {
  const sent: object[] = [];
  let receive: (message: Record<string, unknown>) => void = () => {};
  return {
    sent,
    confirms: (region: string, isOut: boolean, answering: string[]) =>
      receive({ kind: 'evacuated', region, isOut, answering }),
    send: (message: object) => void sent.push(message),
    onMessage: (_: string, take: (message: Record<string, unknown>) => void) => void (receive = take),
  };
}

describe('evacuation', () => {
  it('is sent to the edge, and resolves when the edge confirms it', async () => {
    const one = edge();
    const evacuate = evacuator(one);
    const [out, other] = [evacuate('a', true), evacuate('b', true)];
    expect(one.sent).toEqual([
      { kind: 'evacuate', region: 'a', isOut: true },
      { kind: 'evacuate', region: 'b', isOut: true },
    ]);
    one.confirms('b', true, ['a']);
    one.confirms('a', false, ['a', 'b']); // confirms a request that nobody made
    expect(await other).toEqual(['a']);
    one.confirms('a', true, ['c']);
    expect(await out).toEqual(['c']);
  });

  it('rejects when the edge does not confirm in time', async () => {
    await expect(evacuator(edge(), 20)('a', true)).rejects.toThrow(/did not confirm within 0.02 s/);
  });
});
