import { expect, it } from 'vitest';
import { htmlToText } from './html-text.ts';

it.each([
  ['<p>One</p><p>Two<br>three</p>', 'One\n\nTwo\nthree'],
  ['<ul><li>Warm</li><li class="x">Dry</li></ul>', '- Warm\n- Dry'],
  ['Salt &amp; pepper &#8211; 5&nbsp;g &eacute;', 'Salt & pepper – 5 g &eacute;'],
  ['a<script>alert("<p>")</script>b<style>p{}</style>c<!-- <b> -->', 'abc'],
  ['5 < 6 and 7 > 3', '5 < 6 and 7 > 3'],
  ['&lt;b&gt; stays text', '<b> stays text'],
  ['  two   blanks ', 'two blanks'],
])('reduces %j to text', (html, text) => {
  expect(htmlToText(html)).toBe(text);
});
