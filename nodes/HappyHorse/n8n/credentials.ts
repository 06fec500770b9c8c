import type {
	ICredentialDataDecryptedObject,
	IExecuteFunctions,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';

/** n8n evaluates a field that begins with this. */
const EXPRESSION_SIGN = '=';

const isExpression = (value: unknown) =>
	typeof value === 'string' && value.startsWith(EXPRESSION_SIGN);

/**
 * Tells whether a credential may give each item something else, because one of its fields is an expression. n8n gives
 * nodes the results only, so this looks at what is stored; where that is not possible, every credential may.
 */
export async function mayVaryByItem(context: IExecuteFunctions, type: string): Promise<boolean> {
	const stored = await storedFields(context, type).catch(() => undefined);
	return stored === undefined || Object.values(stored).some(isExpression);
}

async function storedFields(
	context: IExecuteFunctions,
	type: string,
): Promise<ICredentialDataDecryptedObject | undefined> {
	const { additionalData } = context as { additionalData?: IWorkflowExecuteAdditionalData };
	const credential = context.getNode().credentials?.[type];
	if (!credential) return undefined;
	return await additionalData?.credentialsHelper?.getDecrypted(
		additionalData,
		credential,
		type,
		context.getMode(),
		undefined,
		true,
	);
}
