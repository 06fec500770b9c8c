import type { Apps } from '../support/apps';
import { startApps } from '../support/apps';
import { itemsOf, useN8n } from '../support/e2e';
import { Google, GOOGLE_ACCOUNT } from '../support/google';
import { node } from '../support/workflows';

const google = new Google();
let apps: Apps;

/** Examples that end in an app, which is played here; n8n's own nodes send it what they would send the real one. */
const host = useN8n({ taskMs: 300, timeScale: 0.01, leastAnswerMs: 3_000 }, async () => {
	apps = await startApps({ ...google.apps });
	return { env: apps.env };
});
afterAll(async () => await apps?.close());
beforeEach(() => (apps.seen.length = 0));

test('an app is reached on its own host', async () => {
	google.sheets = [{ id: 'products', title: 'Sheet1', rows: [['Product', 'Status'], ['Lamp']] }];
	const { rest } = host.n8n;
	const credential = await rest.saveCredential('Google', 'googleSheetsOAuth2Api', GOOGLE_ACCOUNT);
	const read = node('Read', 'n8n-nodes-base.googleSheets', {
		authentication: 'oAuth2',
		documentId: { __rl: true, mode: 'id', value: 'products' },
		sheetName: { __rl: true, mode: 'name', value: 'Sheet1' },
		options: {},
	});
	const run = await host.runWorkflow({
		name: 'Sheet',
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger'),
			{ ...read, typeVersion: 4.7, credentials: { googleSheetsOAuth2Api: credential } },
		],
		connections: { Start: { main: [[{ node: 'Read', type: 'main', index: 0 }]] } },
	});
	expect(itemsOf(run, 'Read').map(({ json }) => json.Product)).toEqual(['Lamp']);
	expect(apps.seen).toHaveLength(2);
});
