import type { IDataObject, INode, IWebhookFunctions, Workflow } from 'n8n-workflow';

/** An object whose field is worked out at the moment when n8n saves it: n8n reads a workflow's static data only then. */
export const computedWhenSaved = (name: string, compute: () => unknown): object =>
	Object.defineProperty({}, name, { enumerable: true, get: compute });

/**
 * Static data of another node of the same workflow. n8n saves those of all nodes together, as it loaded them for one.
 *
 * @returns undefined if the node has none, or this n8n does not let it be seen
 */
export function staticDataOfNode(
	context: IWebhookFunctions,
	{ name, id }: Pick<INode, 'name' | 'id'>,
): IDataObject | undefined {
	const { workflow } = context as { workflow?: Workflow };
	const node = workflow?.nodes?.[name];
	// by its id too, since another node may have its name by now
	return workflow && node?.id === id ? workflow.getStaticData?.('node', node) : undefined;
}
