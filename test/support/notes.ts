/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { readFileSync } from 'node:fs';

import type { Page } from 'playwright-core';

/** n8n's styles of a note, with a line height that is somewhat above n8n's. */
const STYLES = `
	* { font-family: Inter; box-sizing: border-box; margin: 0 }
	body { padding: 8px 12px 0 }
	h2 { font-size: 24px } h3 { font-size: 16px } h2, h3 { line-height: 1.5; margin-bottom: 8px; font-weight: 600 }
	p { font-size: 14px; line-height: 1.5; margin: 16px 0 8px } p:first-child { margin-top: 0 }
	ul { margin-bottom: 8px; padding-left: 24px } li { font-size: 14px; line-height: 1.4; margin-top: 0.25em }
	code { font-family: monospace; padding: 2px 4px }`;

const inline = (text: string) =>
	text
		.replaceAll('<', '&lt;')
		.replace(/\*\*(.+?)\*\*/g, '<b>$1</b>')
		.replace(/\*(.+?)\*/g, '<em>$1</em>')
		.replace(/`(.+?)`/g, '<code>$1</code>');

/** The kinds of Markdown that notes have: headings, lists and paragraphs, of which a line break ends none. */
const toHtml = (content: string) =>
	content
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => {
			const [, heading, item, text] = /^(?:(#+) |(\d+\.|-) )?(.*)/.exec(line) ?? [];
			const tag = heading ? `h${heading.length}` : item ? 'li' : 'p';
			return `<${tag}>${inline(text)}</${tag}>`;
		})
		.join('')
		.replace(/(<li>.*?<\/li>)+/g, '<ul>$&</ul>');

/** Sets a page up for measuring, with n8n's own font. */
export async function prepareNotes(page: Page, fontFile: string): Promise<void> {
	const font = `data:font/woff2;base64,${readFileSync(fontFile).toString('base64')}`;
	const face = `@font-face { font-family: Inter; src: url(${font}); font-weight: 100 900 }`;
	await page.setContent(`<style>${face}${STYLES}</style><body>a</body>`);
	await page.evaluate('document.fonts.ready');
}

/** Pixels that a note's text takes. */
export async function textHeight(page: Page, content: string, width: number): Promise<number> {
	await page.setViewportSize({ width, height: 10 });
	return await page.locator('body').evaluate((body, html) => {
		body.innerHTML = html;
		return body.offsetHeight;
	}, toHtml(content));
}
