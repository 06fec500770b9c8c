import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { MODES, VERSIONS } from '../contract/modes';

/** Lists the models of the chosen operation, by their versions, so that a choice holds for another operation, too. */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const operation = this.getCurrentNodeParameter('operation');
	const mode = MODES.find((one) => one === operation) ?? MODES[0];
	const all = VERSIONS[mode].map((value) => ({ name: `HappyHorse ${value}`, value }));
	const wanted = filter.toLowerCase();
	return { results: all.filter(({ name }) => name.toLowerCase().includes(wanted)) };
}
