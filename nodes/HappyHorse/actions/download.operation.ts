import { withDetails } from '../errors/errors';
import { FIELDS } from '../form/fields';
import { withFieldsBeside } from '../execution/beside';
import { deliver } from '../execution/deliver';
import { fetchForVideo } from '../execution/follow';
import { checkedFields } from '../validation/parse';
import { defineOperation } from '../execution/operation';
import {
	binaryPropertyName,
	fileName,
	flag,
	outputChoice,
	SHORT_PATIENCE_MS,
	taskId,
} from './settings';

const parse = checkedFields({
	...{ taskId, binaryPropertyName, fileName, ...outputChoice },
	includeInputFields: flag(false),
});

export const download = defineOperation({
	option: {
		name: 'Download',
		value: 'download',
		action: 'Download video',
		description: 'Retrieve a finished video as a file, by its task ID',
	},
	fields: [
		FIELDS.taskId,
		FIELDS.binaryPropertyName,
		FIELDS.simplify,
		FIELDS.output,
		FIELDS.outputFields,
		FIELDS.downloadOptions,
	],
	read: (_run, values) => parse(values),
	async perform(run, { item, request: { taskId: id, ...settings } }) {
		const connect = async () => await run.connect(item);
		const answer = await fetchForVideo(await connect(), id, SHORT_PATIENCE_MS);
		try {
			const delivery = { settings: { ...settings, downloadVideo: true } };
			const output = await deliver(connect, answer, delivery);
			return { output: withFieldsBeside(run, item, settings, output) };
		} catch (error) {
			throw withDetails(error, { taskId: id, status: answer.value.status });
		}
	},
});
