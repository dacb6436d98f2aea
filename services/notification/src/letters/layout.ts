import { html, type Html } from './html.ts';
import type { Letter } from './letters.ts';

/** A letter as the two alternatives of a mail. */
export function render(
  letter: Letter,
  name: string | undefined,
): { readonly html: string; readonly text: string } {
  const greeting = name === undefined || name.trim() === '' ? 'Hello,' : `Hello ${oneLine(name)},`;
  return { html: page(letter, greeting).markup, text: plain(letter, greeting) };
}

const oneLine = (text: string) => text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();

/** Styles stand in the elements, because mail programs drop style sheets. */
function page({ title, body }: Letter, greeting: string): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
      </head>
      <body style="margin:0;padding:24px;background:#f3f5f7;font:16px/1.5 system-ui,sans-serif;color:#1c2733">
        <div style="max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px">
          <h1 style="margin:0 0 16px;font-size:22px">${title}</h1>
          <p>${greeting}</p>
          ${body.map(block)}
          <p style="margin-bottom:0;color:#65727e;font-size:13px">Tradewind</p>
        </div>
      </body>
    </html> `;
}

const block = (part: Letter['body'][number]): Html =>
  typeof part === 'string'
    ? html`<p>${part}</p>`
    : html`<ul>
        ${part.map((item) => html`<li>${item}</li>`)}
      </ul>`;

function plain({ title, body }: Letter, greeting: string): string {
  const parts = body.map((part) =>
    typeof part === 'string' ? part : part.map((item) => `- ${item}`).join('\n'),
  );
  return [title, greeting, ...parts, 'Tradewind'].join('\n\n') + '\n';
}
