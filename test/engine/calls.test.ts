import type { IExecuteFunctions } from 'n8n-workflow';

import { agentTryOf } from '../../nodes/HappyHorse/n8n/agentTry';
import type { Outcome } from '../support/engine';
import { NODE_NAME } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox({ taskMs: 100 });

/** n8n's older agent with a Batch Size of 2 and more: calls of one batch have one `$runIndex`. */
const ONE_INDEX: PropertyDescriptorMap = {
	getWorkflowDataProxy: {
		value(this: object, item: number) {
			const given: IExecuteFunctions = Object.getPrototypeOf(this);
			return Object.create(given.getWorkflowDataProxy(item), { $runIndex: { value: 0 } });
		},
	},
};

const callAtOnce = async (prompts: string[], options = {}) =>
	await bench.run({
		settings: { type: 'happyHorseTool' },
		parameters: video('textToVideo', {
			prompt: "={{ $fromAI('prompt', '', 'string') }}",
			options: { pollingInterval: 0.1, ...options },
		}),
		around: { calls: prompts.map((prompt) => ({ prompt })), atOnce: true },
		without: ONE_INDEX,
	});

/** What each call was answered. */
const answersOf = ({ run }: Outcome): Array<Record<string, unknown>> =>
	(run.data.resultData.runData[NODE_NAME] ?? []).flatMap(({ data }) =>
		(data?.ai_tool?.[0] ?? []).flatMap(
			({ json }) => json.response as Array<Record<string, unknown>>,
		),
	);

describe('calls of an agent that share one run index', () => {
	test('each get their own video', async () => {
		const prompts = ['one', 'two', 'one', 'three'];
		const answers = answersOf(await callAtOnce(prompts));
		expect(answers.map(({ status }) => status)).toEqual(prompts.map(() => 'completed'));
		const made = answers.map(({ taskId }) => bench.sandbox.tasks.get(String(taskId))?.input.prompt);
		expect(made.sort()).toEqual([...prompts].sort());
		expect(new Set(answers.map(({ taskId }) => taskId)).size).toBe(prompts.length);
		expect(bench.sandbox.tasks.size).toBe(prompts.length);
	});

	test('spend no more than Max Credits together', async () => {
		const answers = answersOf(await callAtOnce(['one', 'two', 'three'], { maxCredits: 400 }));
		expect(bench.sandbox.ledger).toHaveLength(2);
		const named = JSON.stringify(answers);
		for (const id of bench.sandbox.tasks.keys()) expect(named).toContain(id);
		expect(named).toContain('would cost 412.5 credits, more than the 400');
	});

	test('each name their own task where they fail', async () => {
		bench.sandbox.outcome({ taskMs: 3_600_000 });
		const answers = answersOf(await callAtOnce(['one', 'two'], { timeout: 0.01 }));
		const named = answers.map(({ error }) => (error as { taskId?: string }).taskId);
		expect(named.sort()).toEqual([...bench.sandbox.tasks.keys()].sort());
	});
});

const BREAKS_TWICE = [
	['n8n tries again', { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 }],
	[
		'n8n tries again, On Error: Continue',
		{ onError: 'continueRegularOutput', retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
	],
	['its error output asks again', { onError: 'continueErrorOutput' }],
] as const;

test.each(BREAKS_TWICE)(
	'an agent that breaks down and that %s is answered with the videos from before',
	async (_how, settings) => {
		let breakdowns = 2;
		const prompts = ['one', 'two', 'one'];
		await bench.run({
			settings: { type: 'happyHorseTool' },
			parameters: video('textToVideo', { prompt: "={{ $fromAI('prompt', '', 'string') }}" }),
			around: {
				calls: prompts.map((prompt) => ({ prompt })),
				settings,
				last: () => {
					if (breakdowns-- > 0) throw new Error('The model broke down');
				},
			},
		});
		expect(breakdowns).toBe(-1);
		const made = [...bench.sandbox.tasks.values()].map(({ input }) => input.prompt);
		expect(made).toEqual(prompts);
	},
);

test.each([
	['an agent', [{ executionStatus: 'error' }], 'Agent 1'],
	['an agent that is a tool, whose run n8n notes beforehand', [{}], 'Agent 0'],
])('the run of %s is known while it lasts', (_what, runs, run) => {
	const context = {
		parentNode: { name: 'Agent' },
		closeFunctions: [],
		runExecutionData: { resultData: { runData: { Agent: runs } } },
	};
	expect(agentTryOf(context as never)).toMatchObject({ run });
});
