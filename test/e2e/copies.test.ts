import { randomUUID } from 'node:crypto';

import type { NodeParameterValueType } from 'n8n-workflow';

import { errorOf, itemsOf, useN8n } from '../support/e2e';
import { video } from '../support/parameters';
import type { WorkflowJson } from '../support/restClient';
import { AFTER, NODE, node, TRIGGER, webhookWorkflow, withSecondNode } from '../support/workflows';

/*
 * n8n wakes a parked execution anew every minute while it has no room for it. 1.x runs each of these copies, and saves what
 * comes of it over the execution; 2.x turns them down.
 */

const host = useN8n(
	{ taskMs: 3_600_000, timeScale: 1, leastAnswerMs: 10_000 },
	{
		env: {
			N8N_CONCURRENCY_PRODUCTION_LIMIT: '1',
			// it says there for what it has no room
			...{ N8N_LOG_LEVEL: 'debug', N8N_LOG_SCOPES: 'concurrency', N8N_LOG_FORMAT: 'json' },
		},
	},
);

const SECOND = 'HappyHorse Again';
/** n8n looks once a minute for what is to be woken. */
const LIMIT_MS = 300_000;

const textToVideo = (prompt: string, more: Record<string, NodeParameterValueType> = {}) =>
	webhookWorkflow(host.credentialId, randomUUID(), video('textToVideo', { prompt, ...more }));

/** Parks for as long as the others take to start. */
const parked = (prompt: string) =>
	textToVideo(prompt, { waitMethod: 'parked', options: { timeout: 0.75 } });

const second = (workflow: WorkflowJson, prompt: string, more = {}) =>
	withSecondNode(workflow, host.credentialId, video('textToVideo', { prompt, ...more }));

const taskOf = (prompt: string) => {
	const [task] = host.tasks.filter(({ input }) => input.prompt === prompt);
	return task;
};

/** Starts a workflow, and gives the id of its execution. */
async function start(workflow: WorkflowJson): Promise<string> {
	const own = workflow.nodes.find(({ name }) => name === TRIGGER)?.webhookId ?? '';
	const { workflowId } = await host.listen(workflow, own);
	const [{ id }] = await host.runsOf(workflowId, 1);
	return id;
}

/** How often n8n had no room for an execution. */
const timesWithoutRoom = (id: string) =>
	host.n8n
		.logs()
		.split('\n')
		.filter((line) => line.includes('Execution throttled') && line.includes(`"${id}"`)).length;

test(
	'what n8n woke again and again while it had no room for it goes on once, ends as it has, and takes no room',
	async () => {
		const { rest } = host.n8n;
		const { id: ofErrors } = await rest.saveWorkflow({
			name: `test ${Math.random()}`,
			nodes: [node('Failed', 'n8n-nodes-base.errorTrigger')],
			connections: {},
		});
		// n8n 2.x calls published workflows only
		await rest.activate(ofErrors).catch(() => undefined);
		host.sandbox.outcome({ match: ({ input }) => input.prompt === 'fails', status: 'failed' });
		const ids: Record<string, string> = {};
		const workflows = {
			ends: second(parked('ends'), 'ends again', { waitForCompletion: false }),
			parks: second(parked('parks'), 'parks again', {
				waitMethod: 'callback',
				options: { timeout: 10 },
			}),
			fails: { ...parked('fails'), settings: { errorWorkflow: ofErrors } },
		};
		for (const [prompt, workflow] of Object.entries(workflows)) {
			ids[prompt] = await start(workflow);
			await rest.parked(ids[prompt]);
		}
		const busy = await start(textToVideo('busy', { options: { timeout: 10 } }));
		await host.sandbox.waitFor(() => taskOf('busy') !== undefined);
		for (const prompt of Object.keys(workflows)) host.sandbox.finish(taskOf(prompt).id);
		// the service is asked about the busy one all the time
		await host.sandbox.waitFor(() => Object.values(ids).every((id) => timesWithoutRoom(id) > 1));
		host.sandbox.finish(taskOf('busy').id);
		expect((await rest.finished(busy)).status).toBe('success');

		// it is behind all the copies
		const last = await start(textToVideo('last', { waitForCompletion: false }));
		expect((await rest.finished(last)).status).toBe('success');

		const ends = await rest.execution(ids.ends);
		expect(ends.status).toBe('success');
		expect(errorOf(ends)).toBeUndefined();
		for (const name of [TRIGGER, NODE, SECOND, AFTER])
			expect(ends.data.resultData.runData[name]).toHaveLength(1);
		expect(itemsOf(ends, NODE)[0].json).toMatchObject({ taskId: taskOf('ends').id });
		expect(itemsOf(ends, AFTER)[0].json).toMatchObject({ taskId: taskOf('ends again').id });

		const fails = await rest.execution(ids.fails);
		expect(fails.status).toBe('error');
		expect(errorOf(fails)).toMatchObject({ context: { taskId: taskOf('fails').id } });
		expect(fails.data.resultData.runData[AFTER]).toBeUndefined();
		expect(await host.runsOf(ofErrors, 1)).toHaveLength(1);

		expect((await rest.execution(ids.parks)).status).toBe('waiting');
		expect(await host.finish(taskOf('parks again'))).toEqual([200]);
		const parks = await rest.finished(ids.parks);
		expect(parks.status).toBe('success');
		for (const name of [TRIGGER, NODE, SECOND, AFTER])
			expect(parks.data.resultData.runData[name]).toHaveLength(1);
		expect(itemsOf(parks, AFTER)[0].json).toMatchObject({ taskId: taskOf('parks again').id });

		expect(host.tasks.map(({ input }) => input.prompt).sort()).toEqual(
			['busy', 'ends', 'ends again', 'fails', 'last', 'parks', 'parks again'].sort(),
		);
	},
	LIMIT_MS,
);
