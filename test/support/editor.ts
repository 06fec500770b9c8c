/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

import type { N8n } from './n8n';
import { TEST_LOGIN } from './n8n';
import { ROOT } from './pack';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
/** Milliseconds for each thing that is waited for; n8n's editor loads much on its first page. */
const PATIENCE_MS = 15_000;
/** Milliseconds after which something is clicked once more. */
const AGAIN_MS = 3_000;
const VIEW = { width: 1280, height: 800 };

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

/** Starts a browser without a window. */
export async function startBrowser(): Promise<Browser> {
	const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'];
	return await chromium.launch({ executablePath: findChromium(), args });
}

/** Logs in to n8n; the tabs of one login share what they have loaded. */
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

/** n8n's editor in a tab of its own. */
export class Editor {
	constructor(readonly page: Page) {}

	/** What n8n's own tests call by this name. */
	at = (id: string): Locator => this.page.locator(byId(id)).first();

	/** A field of the form, by the name of its parameter. */
	field(name: string): Locator {
		return this.at(`parameter-input-${name}`);
	}

	/** Opens a workflow; a new, empty one if not told which. */
	async openWorkflow(id = 'new'): Promise<void> {
		await this.page.goto(`/workflow/${id}`);
		await this.page
			.locator(`${byId('canvas-add-button')}, ${byId('canvas-node')}`)
			.first()
			.waitFor();
	}

	/** Looks for something in the node creator, and waits until that is found. */
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

	/** Takes one of the things that the node creator has found. */
	async pick(name: string): Promise<void> {
		await this.page.locator(byId('node-creator-item-name'), { hasText: name }).first().click();
	}

	async openNode(name: string): Promise<void> {
		const node = this.page.locator(`[data-node-name="${name}"]`).first();
		const panel = this.at('ndv').or(this.at('output-panel')).first();
		// what is clicked while the canvas still finds its place is clicked in vain
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

	/** The names of the node's own parameters that the form shows, in their order. */
	async shownFields(): Promise<string[]> {
		const ids = await this.page
			.locator('[data-test-id="node-parameters"] [data-test-id^="parameter-input-"]')
			.evaluateAll((elements) => elements.map((element) => element.getAttribute('data-test-id')));
		const names = ids.map((id) => (id ?? '').replace('parameter-input-', ''));
		const own = [...new Set(names)].filter((name) => !['field', 'item'].includes(name));
		// what follows stands on the Settings tab of every node
		return own.slice(0, own.indexOf('alwaysOutputData'));
	}

	/**
	 * A picture of what is there now, in docs/images/, where pictures are wanted.
	 *
	 * @param part what matters: the open node unless told otherwise
	 * @param height of it, from above, in pixels; all of it unless told otherwise
	 */
	async picture(name: string, part = this.at('ndv'), height?: number): Promise<void> {
		if (process.env.PICTURES === undefined) return;
		// without what n8n says in passing
		await this.page.addStyleTag({
			content: '.el-notification, .notification { display: none !important }',
		});
		const clip = await part.boundingBox();
		await this.page.screenshot({
			path: join(ROOT, 'docs', 'images', `${name}.png`),
			animations: 'disabled',
			...(clip && { clip: { ...clip, height: height ?? clip.height } }),
		});
	}
}
