/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { setTimeout as sleep } from 'node:timers/promises';

import { createTask } from '../support/calls';
import { Airtable, AIRTABLE_TOKEN } from '../support/airtable';
import type { Apps } from '../support/apps';
import { startApps } from '../support/apps';
import { errorOf, EXAMPLE_TRIGGER, useN8n } from '../support/e2e';
import { Google, GOOGLE_ACCOUNT } from '../support/google';
import type { Mail, MailServer } from '../support/mail';
import { startMailServer } from '../support/mail';
import type { MediaHost } from '../support/mediaHost';
import { mediaFile, startMediaHost } from '../support/mediaHost';
import { N8N_VERSION } from '../support/n8nHost';
import type { Execution, WorkflowJson } from '../support/restClient';

const google = new Google();
const airtable = new Airtable();
let apps: Apps;
let mail: MailServer;
let media: MediaHost;

/** Examples that end in an app, which is played here; n8n's own nodes send it what they would send the real one. */
const host = useN8n({ taskMs: 300, timeScale: 0.01, leastAnswerMs: 3_000 }, async () => {
	media = await startMediaHost();
	mail = await startMailServer();
	apps = await startApps({ ...google.apps, ...airtable.apps });
	return { env: apps.env };
});
afterAll(async () => {
	await apps?.close();
	await mail?.close();
	await media?.close();
});

/** Credentials that n8n's own nodes take, by node. */
const credentialFor = (type: string): [type: string, data: object] | undefined =>
	(
		({
			'n8n-nodes-base.googleSheets': ['googleSheetsOAuth2Api', GOOGLE_ACCOUNT],
			'n8n-nodes-base.googleDrive': ['googleDriveOAuth2Api', GOOGLE_ACCOUNT],
			'n8n-nodes-base.youTube': ['youTubeOAuth2Api', GOOGLE_ACCOUNT],
			'n8n-nodes-base.airtable': ['airtableTokenApi', AIRTABLE_TOKEN],
			'n8n-nodes-base.emailSend': ['smtp', mail.credential],
		}) satisfies Record<string, [string, object]>
	)[type];

/**
 * Loads an example as its user sets it up.
 *
 * @param change parameters of nodes, by name
 */
async function prepared(name: string, change: Record<string, object> = {}): Promise<WorkflowJson> {
	const workflow = host.example(name);
	for (const node of workflow.nodes) {
		const credential = credentialFor(node.type);
		if (credential) {
			const [type, data] = credential;
			node.credentials = { [type]: await host.n8n.rest.saveCredential(type, type, data) };
		}
		// a minute's nap is too long
		if (node.parameters.waitMethod === 'parked') node.parameters.waitMethod = 'polling';
		Object.assign(node.parameters, change[node.name]);
	}
	return workflow;
}

const good = (execution: Execution) => {
	expect(errorOf(execution)).toBeUndefined();
	expect(execution.status).toBe('success');
};

const press = async (workflow: WorkflowJson, trigger = EXAMPLE_TRIGGER) =>
	good(await host.runWorkflow(workflow, trigger));

/** A spreadsheet and its sheet, as they are picked from lists. */
const picked = (id: string) => ({
	documentId: { __rl: true, mode: 'list', value: id },
	sheetName: { __rl: true, mode: 'list', value: 'gid=0' },
});

const videoMadeOf = (prompt: string) => {
	const made = host.tasks.filter(({ input }) => input.prompt === prompt);
	return made[made.length - 1];
};

/** What the service has at the link of the latest clip that was made of a prompt. */
const fileOf = async (prompt: string) =>
	Buffer.from(await (await fetch(videoMadeOf(prompt).videoUrls[0])).arrayBuffer());

describe('product-list-to-ads.json', () => {
	const HEADER = ['Product', 'Photo', 'Prompt', 'Seconds'];
	const row = (product: string, photo: string, prompt: string, seconds: number | string = '') => [
		...[product, `${media.url}/${photo}`, prompt, seconds],
	];
	const prepare = async (rows: Array<Array<string | number>>, change = {}) => {
		google.sheets = [{ id: 'products', title: 'Products', rows: [[...HEADER], ...rows] }];
		const changes = { 'Read Products': picked('products'), ...change };
		return await prepared('product-list-to-ads.json', changes);
	};
	const table = () =>
		Object.fromEntries(google.tableOf('products').map((line) => [line.Product, line]));

	test('each row gets its clip or the reason, also if it is moved meanwhile; the next run makes what is missing', async () => {
		host.sandbox.outcome({
			match: ({ input }) => input.prompt === 'bad',
			status: 'failed',
			times: 1,
		});
		host.sandbox.outcome({ taskMs: 3_600_000, times: 1 });
		const workflow = await prepare([
			row('Lamp', '300x300.jpg', 'It glows', 3),
			row('Cup', '299x300.jpg', 'It steams'),
			row('Chair', '300x300.jpg', 'bad'),
		]);
		const { id } = await host.n8n.rest.saveWorkflow(workflow);
		const run = await host.n8n.rest.run(id, EXAMPLE_TRIGGER);
		while (table().Lamp.Status !== 'Started') await sleep(50);
		google.sheets[0].rows.push(...google.sheets[0].rows.splice(1, 1));
		for (const task of host.tasks) host.sandbox.finish(task.id);
		good(await host.n8n.rest.finished(run));

		const { Lamp: lamp, ...others } = table();
		const [url] = videoMadeOf('It glows').videoUrls;
		expect(lamp).toMatchObject({ Status: 'Done', Video: url, Credits: 82.5, Reason: '' });
		expect(lamp['Link Works Until']).toMatch(/^20\d\d-/);
		expect(others).toMatchObject({
			Cup: {
				Status: 'Failed',
				Reason: expect.stringContaining('299 × 300'),
				Video: '',
				Credits: '',
			},
			Chair: {
				Status: 'Failed',
				Reason: expect.stringContaining('refunded'),
				Video: '',
				Credits: 0,
			},
		});
		expect(host.tasks).toHaveLength(2);

		google.sheets[0].rows.push(row('Table', '300x300.jpg', 'It turns'));
		await press(workflow);
		expect(table()).toMatchObject({
			Lamp: lamp,
			Cup: { Status: 'Failed' },
			Chair: { Status: 'Done', Video: videoMadeOf('bad').videoUrls[0], Reason: '', Credits: 137.5 },
			Table: { Status: 'Done', Video: videoMadeOf('It turns').videoUrls[0] },
		});
		expect(host.tasks).toHaveLength(4);
	});

	test('what was started is waited for, what may be paid for is left alone, and the budget holds', async () => {
		const { id: task } = await createTask(host.sandbox);
		const workflow = await prepare([
			[...row('Lamp', '300x300.jpg', 'It glows'), 'Started', '', 137.5, '', task],
			row('Cup', '300x300.jpg', 'It steams'),
		]);
		google.sheets[0].rows[0].push('Status', 'Video', 'Credits', 'Reason', 'Task ID');
		host.sandbox.fault({ on: 'create', break: 'reset-after' });
		await press(workflow);
		expect(table().Lamp).toMatchObject({ Status: 'Done', Video: host.tasks[0].videoUrls[0] });
		expect(table().Cup).toMatchObject({
			Status: 'Check',
			Reason: expect.stringContaining('may have been created'),
		});

		const more = Array.from({ length: 8 }, (_, index) => `New ${index}`);
		google.sheets[0].rows.push(...more.map((name) => row(name, '300x300.jpg', 'It turns')));
		await press(workflow);
		expect(table().Cup.Status).toBe('Check');
		for (const name of more)
			expect(table()[name]).toMatchObject({
				Status: 'Failed',
				Reason: expect.stringContaining('1,100 credits'),
			});
		expect(host.tasks).toHaveLength(2);
	});
});

describe('drive-photos-to-youtube.json', () => {
	const HEADER = ['Photo', 'Prompt', 'Title', 'Description'];
	const SHEET = 'clips-for-youtube-and-their-titles';
	const url = `https://docs.google.com/spreadsheets/d/${SHEET}/edit?gid=0#gid=0`;
	const table = () => Object.fromEntries(google.tableOf(SHEET).map((line) => [line.Photo, line]));

	test('photos become clips on YouTube; one that it does not take is uploaded by the next run, not made again', async () => {
		host.sandbox.outcome({ fileBytes: 1_000_000 });
		google.files = ['lamp.jpg', 'cup.jpg', 'small.jpg', 'other.jpg'].map((name) => ({
			...{ id: `id-of-${name}`, name, mimeType: 'image/jpeg', folder: 'photos' },
			content: mediaFile(name === 'small.jpg' ? '299x300.jpg' : '300x300.jpg'),
		}));
		google.videos = [];
		google.refusedTitles = ['A cup'];
		google.sheets = [
			{
				...{ id: SHEET, title: 'Clips' },
				rows: [
					HEADER,
					['lamp.jpg', 'It glows', 'A lamp', 'Light for the evening'],
					['cup.jpg', 'It steams', 'A cup', 'For tea'],
					['small.jpg', 'It grows', 'Small', ''],
					['gone.jpg', 'It is gone', 'Gone', ''],
				],
			},
		];
		const folderId = { __rl: true, mode: 'list', value: 'photos' };
		const workflow = await prepared('drive-photos-to-youtube.json', {
			'Read Table': {
				documentId: { __rl: true, mode: 'url', value: url },
				sheetName: { __rl: true, mode: 'url', value: url },
			},
			'List Photos': { filter: { folderId, whatToSearch: 'files' } },
		});
		await press(workflow);
		expect(table()).toMatchObject({
			'lamp.jpg': {
				Status: 'Done',
				YouTube: `https://youtu.be/${google.videos[0].id}`,
				Reason: '',
			},
			'cup.jpg': { Status: 'Started', Reason: expect.stringContaining('YouTube') },
			'small.jpg': { Status: 'Failed', Reason: expect.stringContaining('299 × 300') },
			'gone.jpg': { Status: 'Failed', Reason: 'The folder has no photo of this name' },
		});
		google.refusedTitles = [];
		await press(workflow);
		expect(table()['cup.jpg']).toMatchObject({
			Status: 'Done',
			YouTube: `https://youtu.be/${google.videos[1].id}`,
			Reason: '',
		});
		await press(workflow);
		expect(host.tasks).toHaveLength(2);
		expect(google.videos).toHaveLength(2);
		for (const [index, prompt] of ['It glows', 'It steams'].entries()) {
			const [photo] = videoMadeOf(prompt).input.image_urls as string[];
			const sent = Buffer.from(await (await fetch(photo)).arrayBuffer());
			expect(sent.equals(mediaFile('300x300.jpg'))).toBe(true);
			const { snippet, status, content } = google.videos[index];
			expect(content.equals(await fileOf(prompt))).toBe(true);
			expect({ ...snippet, ...status }).toMatchObject(
				[
					{ title: 'A lamp', description: 'Light for the evening', privacyStatus: 'private' },
					{ title: 'A cup', description: 'For tea', privacyStatus: 'private' },
				][index],
			);
		}
	});
});

describe('weekly-airtable-batch.json', () => {
	const NAMES = ['Prompt', 'Seconds', 'Status', 'Task ID', 'Credits', 'Reason', 'Video'];
	const prepare = async () =>
		await prepared('weekly-airtable-batch.json', {
			'Read Records': {
				base: { __rl: true, mode: 'list', value: 'appBase' },
				table: { __rl: true, mode: 'url', value: 'https://airtable.com/appBase/tblTable/viwView' },
			},
		});
	const TRIGGER = 'Every Monday';

	test('ten records each time get their clip, which Airtable keeps, or the reason', async () => {
		host.sandbox.outcome({
			match: ({ input }) => input.prompt === 'bad',
			status: 'failed',
			times: 1,
		});
		const more = Array.from({ length: 8 }, (_, index) => ({
			Prompt: `More ${index}`,
			Status: 'Done',
		}));
		airtable.fill(NAMES, [
			...more,
			{ Prompt: 'A boat', Seconds: 3 },
			{ Prompt: 'bad' },
			{ Prompt: 'Too long', Seconds: 16 },
			{ Seconds: 5 },
			{ Prompt: 'Paid?', Status: 'Check' },
		]);
		const workflow = await prepare();
		await press(workflow, TRIGGER);
		const [boat, bad, long] = airtable.records.slice(8);
		expect(boat.fields).toMatchObject({ Status: 'Done', Credits: 82.5, Reason: '' });
		expect(airtable.attachments.get(boat.id)?.equals(await fileOf('A boat'))).toBe(true);
		expect(bad.fields).toMatchObject({
			Status: 'Failed',
			Credits: 0,
			Reason: expect.stringContaining('refunded'),
		});
		expect(long.fields).toMatchObject({
			Status: 'Failed',
			Reason: expect.stringContaining('Duration (Seconds)'),
		});
		long.fields.Seconds = 15;
		await press(workflow, TRIGGER);
		expect([boat, bad, long].map(({ fields }) => fields.Status)).toEqual(['Done', 'Done', 'Done']);
		expect(host.tasks).toHaveLength(4);
	});

	test('a field that is missing is told before anything is paid', async () => {
		airtable.fill(
			NAMES.filter((name) => name !== 'Task ID'),
			[{ Prompt: 'A boat' }],
		);
		const execution = await host.runWorkflow(await prepare(), TRIGGER);
		expect(JSON.stringify(errorOf(execution))).toContain('Task ID');
		expect(host.tasks).toEqual([]);
	});
});

describe('form-to-email.json', () => {
	const CUSTOMER = 'customer@example.com';

	/** Sends the form as a browser does, and gives the email that arrives. */
	async function submit(idea: string): Promise<Mail> {
		const { rest, url } = host.n8n;
		const { id } = await rest.saveWorkflow(await prepared('form-to-email.json'));
		await rest.activate(id);
		const address = `${url}/form/happyhorse-email`;
		while ((await fetch(address)).status !== 200) await sleep(50);
		const body = new FormData();
		for (const [index, answer] of [idea, 'Upright', CUSTOMER].entries())
			body.append(`field-${index}`, answer);
		const { length: before } = mail.mails;
		expect((await fetch(address, { method: 'POST', body })).status).toBe(200);
		await host.sandbox.waitFor(() => videoMadeOf(idea) !== undefined);
		host.sandbox.finish(videoMadeOf(idea).id);
		while (mail.mails.length === before) await sleep(50);
		await rest.deactivate(id);
		return mail.mails[before];
	}

	test('thanks at once, and sends the clip, its link alone if it is large, or the reason', async () => {
		host.sandbox.outcome({ match: ({ input }) => input.prompt === 'bad', status: 'failed' });
		host.sandbox.outcome({ match: ({ input }) => input.prompt === 'Large', fileBytes: 16_000_000 });
		// the form's answer does not wait for the clip
		host.sandbox.outcome({ taskMs: 3_600_000 });
		const { to, subject, parts } = await submit('A paper boat');
		const [task] = host.tasks;
		expect(task.input).toMatchObject({ prompt: 'A paper boat', aspect_ratio: '9:16' });
		expect({ to, subject }).toEqual({ to: CUSTOMER, subject: 'Your clip is ready' });
		expect(parts[0].content.toString()).toContain(task.videoUrls[0]);
		// n8n 1.x does not tell a file's size
		const attached = N8N_VERSION.startsWith('1.') ? [] : [await fileOf('A paper boat')];
		expect(parts.slice(1).map(({ content }) => content)).toEqual(attached);

		const large = await submit('Large');
		expect(large.parts.map(({ content }) => content.toString())).toEqual([
			expect.stringContaining(videoMadeOf('Large').videoUrls[0]),
		]);
		const { parts: told } = await submit('bad');
		expect(told.map(({ content }) => content.toString())).toEqual([
			expect.stringContaining('Please try other words'),
		]);
	});
});
