import { describe, expect, it } from 'vitest';
import { html } from './html-tag.ts';

describe('the html tag', () => {
  it('escapes text, also in attributes and lists', () => {
    expect(String(html`<p title="${'"x" & \'y\''}">${['<b>', 1]}</p>`)).toBe(
      '<p title="&quot;x&quot; &amp; &#39;y&#39;">&lt;b&gt;1</p>',
    );
  });

  it('inserts markup as it is', () => {
    const items = ['a', '<'].map((text) => html`<li>${text}</li>`);
    expect(String(html`<b>${items}</b>`)).toBe('<b><li>a</li><li>&lt;</li></b>');
  });

  it('writes nothing for null, undefined and false, but 0', () => {
    expect(String(html`[${null}${undefined}${false}${0}]`)).toBe('[0]');
  });

  it('keeps a figure and its unit on one line', () => {
    expect(String(html`${'1 % of 20 ms, 3 min 10 s, 2 sessions'}`)).toBe(
      '1\u00a0% of 20\u00a0ms, 3\u00a0min 10\u00a0s, 2 sessions',
    );
  });
});
