import type { IExecuteFunctions } from 'n8n-workflow';

const KEY = 'happyHorseTasks';
const LABELS_KEY = 'happyHorseLabels';

/** n8n complains of longer values, and has room for ten keys, which others want to use too. */
const MOST_CHARACTERS = 255;
const MOST_KEYS = 5;

/**
 * Adds a task's id and label to the execution's custom data, by which executions can be found in n8n's list, whatever
 * becomes of the run. There is room for about thirty ids; those beyond are in the node's output and messages only.
 */
export function addToCustomData(context: IExecuteFunctions, taskId: string, label?: string): void {
	// n8n 1.x has it here only
	const { customData } = context.getWorkflowDataProxy(0).$execution;
	if (label !== undefined) {
		const labels = new Set([...(customData.get(LABELS_KEY)?.split(', ') ?? []), label]);
		const text = [...labels].join(', ');
		if (text.length <= MOST_CHARACTERS) customData.set(LABELS_KEY, text);
	}
	for (let number = 1; number <= MOST_KEYS; number++) {
		const key = number === 1 ? KEY : `${KEY}${number}`;
		const ids = [customData.get(key), taskId].filter(Boolean).join(' ');
		if (ids.length <= MOST_CHARACTERS) {
			customData.set(key, ids);
			return;
		}
	}
}
