import { expect, test } from 'vitest';
import { html } from './html.ts';

test('escapes values, in text and in attributes', () => {
  const value = `<b>"Q&A"</b> 'n`;
  expect(html`<p title="${value}">${value}</p>`.markup).toBe(
    '<p title="&lt;b&gt;&quot;Q&amp;A&quot;&lt;/b&gt; &#39;n">&lt;b&gt;&quot;Q&amp;A&quot;&lt;/b&gt; &#39;n</p>',
  );
});

test('takes markup of its own as it is', () => {
  const items = ['<', '>'].map((item) => html`<i>${item}</i>`);
  expect(html`<b>${items}</b>`.markup).toBe('<b><i>&lt;</i>\n<i>&gt;</i></b>');
});

test('leaves backslashes alone', () => {
  expect(html`${'C:\\new'}`.markup).toBe('C:\\new');
});
