import type { NodeParameterValueType } from 'n8n-workflow';

import { errorOf, itemsOf, useN8n } from '../support/e2e';
import { video } from '../support/parameters';
import type { Execution, WorkflowJson } from '../support/restClient';
import { AFTER, NODE, TRIGGER, workflowFor } from '../support/workflows';

const host = useN8n({ taskMs: 3_600_000 });

const items = ['a', 'b', 'c'].map((prompt) => ({ prompt }));
const parameters = (more: Record<string, NodeParameterValueType> = {}) =>
	video('textToVideo', { prompt: '={{ $json.prompt }}', ...more });

const promptsOf = (execution: Execution) =>
	itemsOf(execution, AFTER).map(
		({ json }) => host.sandbox.tasks.get(String(json.taskId))?.input.prompt,
	);
const made = () => host.tasks.map(({ input }) => String(input.prompt)).sort();

/** Starts a workflow, and ends its tasks as they come until it has ended. */
async function toItsEnd(executionId: string, count: number): Promise<Execution> {
	await host.sandbox.waitFor(() => host.tasks.length >= count);
	if (waitsParked) await host.n8n.rest.parked(executionId).catch(() => undefined);
	for (const task of host.tasks) host.sandbox.finish(task.id);
	return await host.n8n.rest.finished(executionId);
}

let waitsParked = false;

const retry = async (executionId: string, loadWorkflow: boolean) => {
	// n8n answers once the new execution has ended or is parked
	const { id } = await host.n8n.rest.request<{ id: string }>(
		'POST',
		`/executions/${executionId}/retry`,
		{ loadWorkflow },
	);
	return id;
};

/** The Retry button while the tasks that it starts come to their end. */
async function retryToItsEnd(executionId: string, loadWorkflow: boolean, count: number) {
	const retried = retry(executionId, loadWorkflow);
	await host.sandbox.waitFor(() => host.tasks.length >= count);
	if (waitsParked) await host.n8n.rest.parked(await retried);
	for (const task of host.tasks) host.sandbox.finish(task.id);
	return await host.n8n.rest.finished(await retried);
}

async function runFailing(more: Record<string, NodeParameterValueType>) {
	host.sandbox.outcome({
		times: 1,
		match: ({ input }) => input.prompt === 'b',
		status: 'failed',
	});
	const workflow = workflowFor(host.credentialId, parameters(more), { items });
	const { id } = await host.n8n.rest.saveWorkflow(workflow);
	const failed = await toItsEnd(await host.n8n.rest.run(id, TRIGGER), 3);
	expect(failed.status).toBe('error');
	expect(made()).toEqual(['a', 'b', 'c']);
	return { workflow, failed };
}

const editOf = (workflow: WorkflowJson, change: Record<string, NodeParameterValueType>) => {
	for (const { name, parameters: given } of workflow.nodes)
		if (name === NODE) Object.assign(given, change);
	return workflow;
};

describe.each(['polling', 'callback'])('n8n’s Retry button, %s:', (waitMethod) => {
	beforeEach(() => (waitsParked = waitMethod !== 'polling'));

	test.each([
		['original', false],
		['currently saved', true],
	])('with the %s workflow only what failed is made anew', async (_name, loadWorkflow) => {
		const { failed } = await runFailing({ waitMethod });
		const again = await retryToItsEnd(failed.id, loadWorkflow, 4);
		expect(errorOf(again)).toBeUndefined();
		expect(promptsOf(again)).toEqual(['a', 'b', 'c']);
		expect(made()).toEqual(['a', 'b', 'b', 'c']);
	});

	test('with an edited workflow what changed is made anew, and what did not is taken up', async () => {
		const { workflow, failed } = await runFailing({ waitMethod, downloadVideo: true });
		const prompt = '={{ $json.prompt === "b" ? "better" : $json.prompt }}';
		await host.n8n.rest.saveWorkflow(editOf(workflow, { prompt, downloadVideo: false }));
		const again = await retryToItsEnd(failed.id, true, 4);
		expect(errorOf(again)).toBeUndefined();
		expect(promptsOf(again)).toEqual(['a', 'better', 'c']);
		expect(made()).toEqual(['a', 'b', 'better', 'c']);
		expect(itemsOf(again, AFTER).map(({ binary }) => binary)).toEqual(Array(3).fill(undefined));
	});

	test('a download that failed is tried again, and nothing is paid', async () => {
		const gate = host.sandbox.fault({ on: 'file', respond: { status: 401 } });
		const workflow = workflowFor(
			host.credentialId,
			parameters({ waitMethod, downloadVideo: true }),
			{
				items: items.slice(0, 2),
			},
		);
		const { id } = await host.n8n.rest.saveWorkflow(workflow);
		const failed = await toItsEnd(await host.n8n.rest.run(id, TRIGGER), 2);
		expect(errorOf(failed)?.message).toContain('could not be downloaded');
		gate.remove();
		const again = await host.n8n.rest.finished(await retry(failed.id, false));
		expect(promptsOf(again)).toEqual(['a', 'b']);
		for (const item of itemsOf(again, AFTER))
			expect((await host.fileOf(item)).length).toBeGreaterThan(0);
		expect(made()).toEqual(['a', 'b']);
	});
});

test('Retry On Fail with expressions that give something else each time makes each video once', async () => {
	host.sandbox.outcome({ taskMs: 500 });
	host.sandbox.fault({ on: 'task', times: 1, error: 'invalid_api_key' });
	const varying = parameters({
		prompt: '={{ $json.prompt }} {{ $now.toMillis() }}',
		options: { seed: '={{ Math.floor(Math.random() * 2147483647) }}' },
	});
	const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 };
	const execution = await host.run(varying, { items, settings });
	expect(execution.status).toBe('success');
	expect(host.tasks).toHaveLength(3);
});
