import type { IExecuteFunctions, INode, IRunExecutionData } from 'n8n-workflow';

import type { Package, Setup } from '../../support/engine';
import type { History } from './history';

export const SECOND = 1_000;

/** Credits for a video of five seconds. */
export const PRICE = 137.5;

/** The workflow as its user has saved it. */
export interface Workflow {
	/** How often the prompt was changed, for every other item, and for those between. */
	versions: [number, number];
	waitMethod: History['waitMethod'];
	onError: History['onError'];
	executeOnce: boolean;
}

/** What an item's video is to be: which round of the loop or wish of the agent, which item, and after how many edits. */
export const aboutOf = (round: number, item: number, { versions }: Pick<Workflow, 'versions'>) =>
	`${round}.${item} after edit ${versions[item % 2]}`;

/** What an agent wants, call by call: always something else where a field gives something else each time. */
export const wishesOf = ({ calls = [], fields, isPriceRandom }: History) =>
	fields === 'something else each time' || isPriceRandom ? calls.map((_, call) => call) : calls;

/** What a prompt asks for; undefined where all items have the same. */
export function askedIn(prompt: unknown): string | undefined {
	const [, item, version] = /^Horse (\d+\.\d+) (\d+)/.exec(String(prompt)) ?? [];
	return item === undefined ? undefined : `${item} after edit ${version}`;
}

/** Does to a workflow what its user does before pressing Retry. */
export function edit(
	workflow: Workflow,
	how: History['retries'][number],
	fields: History['fields'],
): Workflow {
	const [one, other] = workflow.versions;
	// an expression that gives something else each time asks for something else wherever it was touched
	const isForAll = fields !== 'one for each item';
	switch (how) {
		case 'with another prompt':
			return { ...workflow, versions: [one + 1, other + 1] };
		case 'with another prompt for every other item':
			return { ...workflow, versions: [one + 1, isForAll ? other + 1 : other] };
		case 'with another Wait Method':
			return { ...workflow, waitMethod: workflow.waitMethod === 'polling' ? 'parked' : 'polling' };
		case 'with Execute Once':
			return { ...workflow, executeOnce: true };
		case 'with Continue':
			return { ...workflow, onError: 'continueRegularOutput' };
		default:
			return workflow;
	}
}

function promptOf(history: History, { versions: [one, other] }: Workflow): string {
	const { fields, calls } = history;
	const wish = history.areCallsAtOnce ? "$fromAI('wish', '', 'number')" : '$json.wish';
	const round = calls ? `{{ ${wish} }}` : '{{ $json.round ?? 0 }}';
	const item = '{{ $itemIndex }}';
	const version = one === other ? one : `{{ $itemIndex % 2 ? ${other} : ${one} }}`;
	const { lostItem } = history;
	const lost =
		lostItem === undefined ? '' : `{{ $itemIndex === ${lostItem} ? ' [object Object]' : '' }}`;
	const prompts = {
		'the same for all items': lost ? `=Horses ${one}` : `Horses ${one}`,
		'one for each item': `=Horse ${round}.${item} ${version}`,
		'something else each time': `=Horse ${round}.${item} ${version} {{ Math.random() }}`,
	};
	return prompts[fields] + lost;
}

/** Key of the second account. */
export const OTHER_KEY = 'sk-test-other';

/** What stands in the credential. */
export const apiKeyOf = ({ hasTwoKeys }: History) =>
	hasTwoKeys ? `={{ $itemIndex % 2 ? '${OTHER_KEY}' : 'sk-test-sandbox' }}` : undefined;

interface Surroundings {
	baseUrl: string;
	package: Package;
	log: (text: string) => void;
	onProgress: (data: IRunExecutionData) => void;
	/** Called when an agent has all answers. */
	last: () => void;
}

/** A workflow in n8n, as the engine is given it. */
export function setupFor(
	history: History,
	workflow: Workflow,
	{ log, last, ...more }: Surroundings,
): Setup {
	const { budget, tries, calls, rounds, areCallsAtOnce: atOnce } = history;
	const settings: Partial<INode> = {
		// a tool has no output for errors
		onError:
			calls && workflow.onError === 'continueErrorOutput'
				? 'continueRegularOutput'
				: workflow.onError,
		...(tries > 1 && { retryOnFail: true, maxTries: tries, waitBetweenTries: SECOND }),
		...(workflow.executeOnce && { executeOnce: true }),
		...(calls && { type: 'happyHorseTool' }),
	};
	const logger = Object.fromEntries(
		['debug', 'info', 'warn', 'error'].map((level) => [level, log]),
	);
	return {
		...more,
		apiKey: apiKeyOf(history),
		items: Array.from({ length: history.items }, () => ({ json: {} })),
		settings,
		...(calls && { around: { calls: wishesOf(history).map((wish) => ({ wish })), atOnce, last } }),
		...(!calls && rounds > 1 && { around: { rounds } }),
		without: { logger: { value: logger as unknown as IExecuteFunctions['logger'] } },
		parameters: {
			...{ resource: 'video', operation: 'textToVideo', prompt: promptOf(history, workflow) },
			duration: history.isPriceRandom ? '={{ [3, 5, 15][Math.floor(Math.random() * 3)] }}' : 5,
			waitMethod: workflow.waitMethod,
			waitForCompletion: history.waits,
			downloadVideo: history.download,
			options: {
				timeout: history.timeout,
				maxConcurrency: history.maxConcurrency,
				checkBalance: history.checkBalance,
				...(budget !== undefined && { maxCredits: budget * PRICE }),
			},
		},
	};
}
