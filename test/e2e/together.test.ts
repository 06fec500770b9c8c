import type { INode, NodeParameterValueType } from 'n8n-workflow';

import type { ChatModel } from '../support/chatModel';
import { startChatModel } from '../support/chatModel';
import { errorOf, itemsOf, useN8n } from '../support/e2e';
import { video } from '../support/parameters';
import type { Execution, WorkflowJson } from '../support/restClient';
import { AFTER, NODE, node, TRIGGER } from '../support/workflows';

/** Features that meet: each works by itself. Tasks end when a test says so. */
const host = useN8n({ taskMs: 3_600_000, timeScale: 0.01, leastAnswerMs: 3_000 });

const CHILD = 'HappyHorse of the Child';
const to = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];

const happyHorse = (name: string, parameters: Record<string, NodeParameterValueType>) => ({
	...node(name, 'n8n-nodes-happyhorse.happyHorse', parameters),
	credentials: { happyHorseApi: { id: host.credentialId, name: 'HappyHorse' } },
});

const parked = (prompt: string) =>
	video('textToVideo', { prompt, waitMethod: 'callback', downloadVideo: false });

const promptsOf = (execution: Execution, name: string) =>
	execution.data.resultData.runData[name]
		.flatMap(({ data }) => data?.main[0] ?? [])
		.map(({ json }) => host.sandbox.tasks.get(String(json.taskId))?.input.prompt);

const taskFor = async (prompt: string) => {
	const find = () => host.tasks.find(({ input }) => input.prompt === prompt);
	await host.sandbox.waitFor(() => find() !== undefined);
	const task = find();
	if (!task) throw new Error(`There is no task for ${prompt}`);
	return task;
};

describe('sub-workflows that park while their parent parks at a node of its own', () => {
	const childOf = (mode: NodeParameterValueType = '={{ $json.prompt }}'): WorkflowJson => ({
		name: `child ${Math.random()}`,
		nodes: [
			node('Called', 'n8n-nodes-base.executeWorkflowTrigger'),
			happyHorse(CHILD, parked(String(mode))),
		],
		connections: { Called: { main: [to(CHILD)] } },
	});

	test('once for each item: the parent’s video is paid for once', async () => {
		const { id } = await host.n8n.rest.saveWorkflow(childOf());
		// n8n 2.x calls published workflows only
		await host.n8n.rest.activate(id).catch(() => undefined);
		const jsCode = 'return ["a", "b"].map((prompt) => ({ json: { prompt } }));';
		const parent: WorkflowJson = {
			name: `parent ${Math.random()}`,
			nodes: [
				node(TRIGGER, 'n8n-nodes-base.manualTrigger'),
				node('Items', 'n8n-nodes-base.code', { jsCode }),
				node('Call', 'n8n-nodes-base.executeWorkflow', { workflowId: id, mode: 'each' }),
				{ ...happyHorse(NODE, parked('own')), executeOnce: true },
				node(AFTER, 'n8n-nodes-base.noOp'),
			],
			connections: {
				[TRIGGER]: { main: [to('Items')] },
				Items: { main: [to('Call')] },
				Call: { main: [to(NODE)] },
				[NODE]: { main: [to(AFTER)] },
			},
		};
		const { id: parentId } = await host.n8n.rest.saveWorkflow(parent);
		const executionId = await host.n8n.rest.run(parentId, TRIGGER);
		const [a, b] = [await taskFor('a'), await taskFor('b')];
		await host.n8n.rest.parked(executionId);
		expect(await host.finish(a)).toEqual([200]);
		const own = await taskFor('own');
		await host.n8n.rest.parked(executionId);
		const looks = () => host.sandbox.requests.filter(({ path }) => path.endsWith(own.id)).length;
		const before = looks();
		expect(await host.finish(b)).toEqual([200]);
		// the end of the second child wakes the parent, which looks at its own video and parks again
		await host.sandbox.waitFor(() => looks() > before || host.tasks.length > 3);
		await host.n8n.rest.parked(executionId);
		expect(host.tasks).toHaveLength(3);
		expect(await host.finish(own)).toEqual([200]);
		const execution = await host.n8n.rest.finished(executionId);
		expect(errorOf(execution)).toBeUndefined();
		// n8n passes what a child gives on past a parked node
		expect(promptsOf(execution, AFTER)).toEqual(['b', 'own']);
		expect(host.tasks).toHaveLength(3);
	});
});

describe.each([2.2, 3])(
	'an AI Agent of version %s whose model breaks down after the video',
	(version) => {
		let model: ChatModel;
		let breakdowns = 0;
		let credential: { id: string; name: string };
		const QUESTION = 'Make a video of a paper boat';

		beforeAll(async () => {
			model = await startChatModel(({ results }) => {
				if (results.length > 0)
					return breakdowns-- > 0 ? { breaksDown: true } : { answer: results[results.length - 1] };
				return { tool: 'Text_to_Video', input: { prompt: QUESTION, duration: 5 } };
			});
			credential = await host.n8n.rest.saveCredential(`Breaking ${version}`, 'openAiApi', {
				apiKey: 'sk-test-scripted',
				url: model.url,
			});
		});
		beforeEach(() => {
			breakdowns = 1;
			host.sandbox.outcome({ taskMs: 300 });
		});
		afterAll(async () => await model.close());

		async function ask(settings: Partial<INode> = {}) {
			const workflow = host.example('ai-agent-tool.json');
			for (const own of workflow.nodes) {
				if (own.type.endsWith('lmChatOpenAi')) own.credentials = { openAiApi: credential };
				if (own.type.endsWith('.agent')) Object.assign(own, { typeVersion: version, ...settings });
			}
			const { id } = await host.n8n.rest.saveWorkflow({
				...workflow,
				name: `agent ${Math.random()}`,
			});
			const json = { sessionId: 'test', action: 'sendMessage', chatInput: QUESTION };
			return await host.n8n.rest.finished(await host.n8n.rest.run(id, 'Chat', json));
		}

		const expectVideo = (execution: Execution) => {
			expect(errorOf(execution)).toBeUndefined();
			const { output } = itemsOf(execution, 'AI Agent')[0].json;
			expect(host.tasks).toHaveLength(1);
			expect(output).toContain(host.tasks[0].videoUrls[0]);
		};

		test('gets the same video by Retry', async () => {
			const failed = await ask();
			expect(failed.status).toBe('error');
			expect(host.tasks).toHaveLength(1);
			const { id } = await host.n8n.rest.request<{ id: string }>(
				'POST',
				`/executions/${failed.id}/retry`,
				{ loadWorkflow: false },
			);
			expectVideo(await host.n8n.rest.finished(id));
		});

		test.each(['stopWorkflow', 'continueRegularOutput'] as const)(
			'gets the same video by Retry On Fail, On Error: %s',
			async (onError) => {
				expectVideo(await ask({ retryOnFail: true, maxTries: 2, onError }));
			},
		);
	},
);
