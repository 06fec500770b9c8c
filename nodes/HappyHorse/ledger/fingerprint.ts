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
	// made once, since all items share the form
	const unevaluated = new Map<string, Fingerprint[string]>();
	const ofForm = (name: string) => {
		const hash = hashOf(form[name]);
		const made = { form: hash, value: hash };
		unevaluated.set(name, made);
		return made;
	};
	return (values) => {
		const fingerprint: Fingerprint = {};
		for (const [name, value] of Object.entries(values)) {
			const made = unevaluated.get(name) ?? ofForm(name);
			fingerprint[name] = value === form[name] ? made : { form: made.form, value: hashOf(value) };
		}
		return fingerprint;
	};
}

/** Compares two requests: a field is the same if the user has not edited it, although its expression may now give another value, or if it gives the same value. */
export const isSame = (one: Fingerprint, other: Fingerprint) =>
	Object.keys({ ...one, ...other }).every(
		(name) => one[name]?.form === other[name]?.form || one[name]?.value === other[name]?.value,
	);
