import { withDetails } from '../errors/errors';
import { FIELDS } from '../form/fields';
import { deliver } from '../execution/deliver';
import { checkedFields } from '../validation/parse';
import { fetchTask } from '../service/client';
import { defineOperation } from './operation';
import { binaryPropertyName, flag, SHORT_PATIENCE_MS, taskId } from './settings';

const settings = checkedFields({ taskId, binaryPropertyName, simplify: flag(true) });

export const download = defineOperation({
	option: {
		name: 'Download',
		value: 'download',
		action: 'Download a video',
		description: 'Get a finished video as a file, by its task ID',
	},
	fields: [FIELDS.taskId, FIELDS.binaryPropertyName, FIELDS.simplify, FIELDS.requestOptions],
	read: (_run, values) => settings(values),
	async perform(run, { taskId: id, ...wanted }) {
		const answer = await fetchTask(await run.connect(), id, Date.now() + SHORT_PATIENCE_MS);
		try {
			return { output: await deliver(run, answer, { wanted: { ...wanted, downloadVideo: true } }) };
		} catch (error) {
			throw withDetails(error, { taskId: id, status: answer.value.status });
		}
	},
});
