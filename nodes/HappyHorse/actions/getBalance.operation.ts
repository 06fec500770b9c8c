import { fetchBalance } from '../service/client';
import { FIELDS } from '../form/fields';
import { defineOperation } from '../execution/operation';
import { SHORT_PATIENCE_MS } from './settings';

export const getBalance = defineOperation({
	option: {
		name: 'Get Balance',
		value: 'getBalance',
		action: 'Get credit balance',
		description: 'Retrieve how many credits you have left. Free.',
	},
	fields: [FIELDS.requestOptions],
	read: () => ({ value: {} }),
	async perform(run, { item }) {
		const balance = await fetchBalance(await run.connect(item), SHORT_PATIENCE_MS);
		return { output: { json: { ...balance.value } } };
	},
});
