import { createHash } from 'node:crypto';

import type {
	ICredentialDataDecryptedObject,
	IExecuteFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

import { BoundedMap } from '../common/boundedMap';
import { parseCredential } from '../contract/credential';
import { HappyHorseError } from '../errors/errors';
import { mayVaryByItem } from '../n8n/credentials';

export const CREDENTIAL = 'happyHorseApi';

/** Access to one account of the service, as a credential gives it. */
export interface Access {
	/** The credential's fields for n8n's HTTP helper. */
	fields: ICredentialDataDecryptedObject;
	/** Tells accounts apart without giving the key away. */
	account: string;
	/** Removes the API key from a text. */
	withoutKey: (text: string) => string;
	/** Has no trailing slash. */
	baseUrl: string;
	/** Set for a service on the internet, which can't reach private addresses. */
	isPublic: boolean;
}

/** Reads a credential, unless that was done lately. */
export type ReadAccess = () => Promise<Access>;

/** Milliseconds for which a credential is not read again; n8n takes up to 30 ms for each. */
const KEPT_MS = 5_000;
/** The same where each item has its own credential. */
const KEPT_BY_ITEM_MS = 60_000;
const MAX_KEPT = 1_000;

type Kept = BoundedMap<Promise<Access>>;

async function readOnce(
	kept: Kept,
	key: string,
	read: () => Promise<ICredentialDataDecryptedObject>,
): Promise<Access> {
	const found = kept.get(key);
	if (found) return await found;
	const access = read().then(accessBy);
	kept.set(key, access);
	access.catch(() => kept.delete(key));
	return await access;
}

/**
 * Works out the access that a credential gives.
 *
 * @throws HappyHorseError for an invalid key or base URL
 */
function accessBy(fields: ICredentialDataDecryptedObject): Access {
	const credential = parseCredential(fields);
	if ('code' in credential) throw new HappyHorseError(credential);
	const { apiKey, baseUrl, reachesPrivate } = credential;
	return {
		...{ fields, baseUrl, isPublic: !reachesPrivate },
		account: createHash('sha256').update(`${apiKey} ${baseUrl}`).digest('base64url'),
		withoutKey: keyRedactor(apiKey),
	};
}

/** Makes a function that removes a key from a text, also with escaped slashes; not where it is part of another word. */
export function keyRedactor(apiKey: string): (text: string) => string {
	const literal = apiKey.replace(/[^\w-]/g, (sign) =>
		sign === '/' ? String.raw`\\?/` : `\\${sign}`,
	);
	const key = new RegExp(String.raw`(?<![\w-])${literal}(?![\w-])`, 'g');
	return (text) => text.replace(key, 'sk-…');
}

/** Reads the credentials of a run's items: one for all, or each item's own where the credential holds an expression. */
export class ItemAccess {
	private readonly shared: Kept = new BoundedMap(1, KEPT_MS);

	private readonly own: Kept = new BoundedMap(Infinity, KEPT_BY_ITEM_MS);

	private varies?: Promise<boolean>;

	constructor(private readonly context: IExecuteFunctions) {}

	/** Tells which items have the same credential: the key for `of`. */
	async keyOf(item: number): Promise<number | undefined> {
		this.varies ??= mayVaryByItem(this.context, CREDENTIAL);
		return (await this.varies) ? item : undefined;
	}

	/** @param key of `keyOf` */
	async of(key: number | undefined): Promise<Access> {
		const { context } = this;
		return await readOnce(
			key === undefined ? this.shared : this.own,
			String(key),
			async () => await context.getCredentials(CREDENTIAL, key ?? 0),
		);
	}
}

/** Callbacks often come many at a time. */
const keptForCallbacks: Kept = new BoundedMap(MAX_KEPT, KEPT_MS);

/** Reads the credential of a node that received a callback. It has no items, so an expression in it may not work. */
export function readForCallback(context: IWebhookFunctions): ReadAccess {
	const { id: node, credentials } = context.getNode();
	const key = `${context.getWorkflow().id} ${node} ${credentials?.[CREDENTIAL]?.id}`;
	return async () =>
		await readOnce(keptForCallbacks, key, async () => await context.getCredentials(CREDENTIAL));
}
