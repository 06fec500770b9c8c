import { createHash } from 'node:crypto';

import type { Fingerprint } from './ledger';

const LENGTH = 8;

/** A short hash of a value; equal values have equal hashes. */
export const hashOf = (value: unknown) =>
	createHash('sha256')
		.update(JSON.stringify(value) ?? '')
		.digest('base64url')
		.slice(0, LENGTH);

/**
 * Makes the fingerprints of a run's items.
 *
 * @param form the fields that decide which task comes out, as they stand in the form, expressions included
 */
export function fingerprinter(
	form: Record<string, unknown>,
): (values: Record<string, unknown>) => Fingerprint {
	// hashed once, since all items share the form
	const hashes = new Map<string, string>();
	const formHash = (name: string) => {
		const hash = hashes.get(name) ?? hashOf(form[name]);
		hashes.set(name, hash);
		return hash;
	};
	return (values) =>
		Object.fromEntries(
			Object.entries(values).map(([name, value]) => {
				const hash = formHash(name);
				return [name, { form: hash, value: value === form[name] ? hash : hashOf(value) }];
			}),
		);
}

/** Compares two requests: a field is the same if the user has not edited it, although its expression may now give another value, or if it gives the same value. */
export const isSame = (one: Fingerprint, other: Fingerprint) =>
	Object.keys({ ...one, ...other }).every(
		(name) => one[name]?.form === other[name]?.form || one[name]?.value === other[name]?.value,
	);
