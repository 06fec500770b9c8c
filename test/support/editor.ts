/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

import type { N8n } from './n8n';
import { TEST_LOGIN } from './n8n';
import { ROOT } from './pack';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
/** Milliseconds for each wait; the editor's first page loads slowly. */
const PATIENCE_MS = 15_000;
/** Milliseconds until a click is repeated. */
const AGAIN_MS = 3_000;
/** Wide enough for all of n8n's output panel. */
const VIEW = { width: 1640, height: 900 };

const byId = (id: string) => `[data-test-id="${id}"]`;

function findChromium(): string {
	const folders = (process.env.PATH ?? '').split(delimiter);
	const all = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
	const found = [process.env.CHROMIUM ?? '', ...all].find(
		(path) => path !== '' && existsSync(path),
	);
	if (found) return found;
	throw new Error(
		'These tests drive Chromium, which is not there: install it (Debian: apt-get install chromium), or name one in CHROMIUM',
	);
}

/** Starts a headless browser. */
export async function startBrowser(): Promise<Browser> {
	const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'];
	return await chromium.launch({ executablePath: findChromium(), args });
}

/** Logs in to n8n; the tabs of one login share their cache. */
export async function logIn(
	browser: Browser,
	{ url }: N8n,
	colorScheme: 'light' | 'dark' = 'light',
): Promise<BrowserContext> {
	const context = await browser.newContext({
		viewport: VIEW,
		deviceScaleFactor: process.env.PICTURES === undefined ? 1 : 2,
		colorScheme,
		baseURL: url,
	});
	context.setDefaultTimeout(PATIENCE_MS);
	const page = await context.newPage();
	await page.goto('/signin');
	await page.locator('input[type=email], input[name=emailOrLdapLoginId]').fill(TEST_LOGIN.email);
	await page.locator('input[type=password]').fill(TEST_LOGIN.password);
	await page.keyboard.press('Enter');
	await page.waitForURL(/home|workflow/);
	await page.close();
	return context;
}

/** Tab with n8n's editor. */
export class Editor {
	constructor(readonly page: Page) {}

	/** Locates an element by the test id that n8n's own tests use. */
	at = (id: string): Locator => this.page.locator(byId(id)).first();

	/** Locates a form field by its parameter's name. */
	field(name: string): Locator {
		return this.at(`parameter-input-${name}`);
	}

	/** Opens a workflow, by default a new, empty one. */
	async openWorkflow(id = 'new'): Promise<void> {
		await this.page.goto(`/workflow/${id}`);
		await this.page
			.locator(`${byId('canvas-add-button')}, ${byId('canvas-node')}`)
			.first()
			.waitFor();
	}

	/** Searches the node creator and waits for the result. */
	async search(words: string, name: string): Promise<void> {
		const search = this.at('node-creator-search-bar');
		const found = this.page
			.locator(byId('node-creator-item-name'))
			.getByText(name, { exact: true });
		await search.fill('');
		await found.waitFor({ state: 'detached' });
		await search.fill(words);
		await found.first().waitFor();
	}

	/** Selects a result of the node creator's search. */
	async pick(name: string): Promise<void> {
		await this.page.locator(byId('node-creator-item-name'), { hasText: name }).first().click();
	}

	async openNode(name: string): Promise<void> {
		const node = this.page.locator(`[data-node-name="${name}"]`).first();
		const panel = this.at('ndv').or(this.at('output-panel')).first();
		// clicks are lost while the canvas still moves
		for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
			await node.dblclick({ force: true });
			const isOpen = await panel.waitFor({ timeout: AGAIN_MS }).then(
				() => true,
				() => false,
			);
			if (isOpen) return;
		}
		throw new Error(`${name} does not open`);
	}

	/** Chooses an option of a field by its label. */
	async choose(field: string, label: string): Promise<void> {
		await this.field(field).locator('input').first().click();
		const options = this.page.locator('.el-select-dropdown__item:visible, [role=option]:visible');
		await options
			.filter({ hasText: new RegExp(`^\\s*${label}`) })
			.first()
			.click();
	}

	/** Lists the parameters that the form shows, in order. */
	async shownFields(): Promise<string[]> {
		const ids = await this.page
			.locator('[data-test-id="node-parameters"] [data-test-id^="parameter-input-"]')
			.evaluateAll((elements) => elements.map((element) => element.getAttribute('data-test-id')));
		const names = ids.map((id) => (id ?? '').replace('parameter-input-', ''));
		const own = [...new Set(names)].filter((name) => !['field', 'item'].includes(name));
		// the rest is on every node's Settings tab
		return own.slice(0, own.indexOf('alwaysOutputData'));
	}

	/**
	 * Saves a screenshot to docs/images/, or a small one to docs/review/ by the name `review/…`, if pictures were requested.
	 *
	 * @param part element to show, by default the open node
	 * @param height in pixels from its top, by default all of it
	 */
	async picture(name: string, part = this.at('ndv'), height?: number): Promise<void> {
		if (process.env.PICTURES === undefined) return;
		// without n8n's toasts
		await this.page.addStyleTag({
			content: '.el-notification, .notification { display: none !important }',
		});
		const clip = await part.boundingBox();
		const isSmall = name.startsWith('review/');
		await this.page.screenshot({
			path: join(ROOT, 'docs', isSmall ? '' : 'images', `${name}.png`),
			animations: 'disabled',
			scale: isSmall ? 'css' : 'device',
			...(clip && { clip: { ...clip, height: height ?? clip.height } }),
		});
	}
}
