import type { INodeParameters } from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';

import { HappyHorse } from '../../nodes/HappyHorse/HappyHorse.node';
import { VERSION } from './workflows';

/** The hints of the form that n8n shows for these parameters. */
export function formHints(parameters: INodeParameters): string[] {
	const type = new HappyHorse();
	const node = {
		id: '1',
		name: 'HappyHorse',
		type: 'happyHorse',
		typeVersion: VERSION,
		position: [0, 0] as [number, number],
		parameters: { resource: 'video', ...parameters },
	};
	const { expression } = new Workflow({
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: {
			getByName: () => type,
			getByNameAndVersion: () => type,
			getKnownTypes: () => ({}),
		},
	});
	const hints = type.description.hints ?? [];
	return hints
		.filter(({ location }) => location === 'ndv')
		.filter(
			({ displayCondition = '' }) =>
				expression.getSimpleParameterValue(node, displayCondition, 'internal', {}) === true,
		)
		.map(({ message }) => message);
}
