import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { estimateCost } from './estimateCost.operation';
import { getBalance } from './getBalance.operation';
import { withBuilderHints } from '../form/builderHints';
import type { Field } from '../form/field';
import { FIELDS } from '../form/fields';
import { toolDescriptionOf } from '../form/toolDescription';
import type { Operation } from '../execution/operation';
import { getTask } from './getTask.operation';
import { download } from './download.operation';
import { editVideo } from './editVideo.operation';
import { imageToVideo } from './imageToVideo.operation';
import { join } from './join.operation';
import { referenceToVideo } from './referenceToVideo.operation';
import { replaceSound } from './replaceSound.operation';
import { textToVideo } from './textToVideo.operation';
import { trim } from './trim.operation';

interface Resource {
	option: INodePropertyOptions & { value: string };
	/** In the order in which n8n lists them: what people come for first. */
	operations: Operation[];
	default: Operation;
}

/** Everything the node can do. A new operation is a new file, listed here. */
export const RESOURCES: Resource[] = [
	{
		option: { name: 'Video', value: 'video' },
		operations: [
			textToVideo,
			imageToVideo,
			referenceToVideo,
			editVideo,
			download,
			join,
			replaceSound,
			trim,
		],
		default: textToVideo,
	},
	{ option: { name: 'Task', value: 'task' }, operations: [getTask], default: getTask },
	{
		option: { name: 'Credit', value: 'credit' },
		operations: [getBalance, estimateCost],
		default: getBalance,
	},
];

/** Subtitle on the canvas: the chosen operation, with its resource where the name alone says too little. */
export const subtitle = `={{ (${JSON.stringify(
	Object.fromEntries(
		RESOURCES.flatMap(({ option: resource, operations }) =>
			operations.map(({ option: { name, value } }) => [
				value,
				name.includes(' ') ? name : `${name} ${resource.name}`,
			]),
		),
	),
)})[$parameter["operation"]] }}`;

/** Finds the operation that a workflow names. */
export const findOperation = (resource: unknown, operation: unknown): Operation | undefined =>
	RESOURCES.find(({ option }) => option.value === resource)?.operations.find(
		({ option }) => option.value === operation,
	);

function operationSelect(resource: Resource): INodeProperties {
	const chosen = resource.default.option.value;
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [resource.option.value] } },
		options: resource.operations.map(({ option }) => option),
		default: chosen,
	};
}

/** One field as it shows for the operations of one resource that list it. */
function showFor({ option, operations }: Resource, field: Field): INodeProperties[] {
	const users = operations.filter(({ fields }) => fields.includes(field));
	if (users.length === 0) return [];
	const show = {
		...field.displayOptions?.show,
		resource: [option.value],
		operation: users.map((operation) => operation.option.value),
	};
	return [{ ...field, displayOptions: { ...field.displayOptions, show } }];
}

const FIRST_RESOURCE = RESOURCES[0].option.value;

/** The node's form. */
export const properties: INodeProperties[] = withBuilderHints([
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: RESOURCES.map(({ option }) => option),
		default: FIRST_RESOURCE,
	},
	...RESOURCES.map(operationSelect),
	...RESOURCES.flatMap(({ option: { value }, operations }) =>
		operations.map(({ option }) => toolDescriptionOf(value, option)),
	),
	...Object.values<Field>(FIELDS).flatMap((field) =>
		RESOURCES.flatMap((resource) => showFor(resource, field)),
	),
]);
