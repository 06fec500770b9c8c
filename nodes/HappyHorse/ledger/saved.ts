import { z } from 'zod';

import type { Ledger } from './ledger';
import { ledgerSchema, VERSION } from './ledger';

/** Its name in n8n's data for the node. */
export const KEY = 'happyHorseTasks';

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});

/** Renames fields, and leaves out those that are not set. */
function renamed(fields: Fields, names: Record<string, string>): Fields {
	const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
	return Object.fromEntries(entries.map(([name, value]) => [names[name] ?? name, value]));
}

/** An entry of version 1, which had other names and no word for a request on its way. */
function upgradeEntry(saved: unknown): Fields {
	const { asked, isLost, lostCredits, refusal, task, isOfBefore, ...rest } = fieldsOf(saved);
	return {
		...rest,
		created: rest.created ?? 0,
		...(isOfBefore !== undefined && { isOfPriorExecution: isOfBefore }),
		...(isObject(asked) && { fingerprint: renamed(asked, { mode: 'operation' }) }),
		...(isObject(task) && {
			task: renamed(task, { wanted: 'settings', since: 'startedAt', until: 'deadline' }),
		}),
		...(isLost === true
			? { attempt: { state: 'lost', credits: lostCredits, reason: refusal } }
			: { refusal }),
	};
}

/** A ledger of version 1, which did not say its version. */
function upgrade(saved: unknown): unknown {
	if (!isObject(saved) || 'version' in saved) return saved;
	const { execution, round, nap, until, entries, ...rest } = saved;
	return {
		...rest,
		version: VERSION,
		executionId: execution,
		runIndex: round,
		entries: Object.fromEntries(
			Object.entries(fieldsOf(entries)).map(([key, entry]) => [key, upgradeEntry(entry)]),
		),
		...(nap !== undefined && { suspension: { id: nap, resumesAt: until ?? 0 } }),
	};
}

const savedSchema = z.preprocess(upgrade, ledgerSchema);

/** Ids under `taskId` anywhere in a value, for a ledger that can't be read otherwise. */
function taskIdsIn(saved: unknown): string[] {
	const ids = new Set<string>();
	const open = [saved];
	while (open.length > 0) {
		const node = open.pop();
		if (!isObject(node)) continue;
		if (typeof node.taskId === 'string') ids.add(node.taskId);
		open.push(...Object.values(node));
	}
	return [...ids];
}

/** Ledgers that this process has in use; calls of an agent at the same moment share one. */
const live = new WeakSet<object>();

/**
 * Reads the ledger that n8n has saved.
 *
 * @returns undefined where there is none; the ids of its tasks where this version of the package can't read it
 */
export function readLedger(
	store: Fields,
): { ledger: Ledger } | { unreadable: string[] } | undefined {
	const { [KEY]: saved } = store;
	if (saved === undefined) return undefined;
	if (isObject(saved) && live.has(saved)) return { ledger: saved as Ledger };
	const parsed = savedSchema.safeParse(saved);
	return parsed.success ? { ledger: parsed.data } : { unreadable: taskIdsIn(saved) };
}

/** Lets n8n save the ledger, with all changes to come, in its data for the node. */
export function keepLedger(store: Fields, ledger: Ledger): void {
	live.add(ledger);
	store[KEY] = ledger;
}

const asideKey = (suspensionId: string) => `${KEY} ${suspensionId}`;

/** Tells whether the ledger of a parked run is set aside. */
export const isAside = (store: Fields, suspensionId: string) => asideKey(suspensionId) in store;

/** Ids of the tasks in ledgers that are set aside. */
export const tasksAside = (store: Fields): string[] =>
	Object.entries(store).flatMap(([key, ledger]) =>
		key.startsWith(asideKey('')) ? taskIdsIn(ledger) : [],
	);

/**
 * Makes room where n8n runs the node for other items while it is parked: sets the ledger of the parked run aside, and
 * takes it back once that goes on.
 *
 * @param suspensionId by which the stack's entry was parked that n8n runs, if it was
 */
export function makeRoom(store: Fields, suspensionId: string | undefined): void {
	const { suspension } = fieldsOf(store[KEY]) as Pick<Partial<Ledger>, 'suspension'>;
	if (suspension?.isOnStack && suspension.id !== suspensionId) {
		store[asideKey(suspension.id)] = store[KEY];
		delete store[KEY];
	}
	if (suspensionId === undefined || !isAside(store, suspensionId)) return;
	store[KEY] = store[asideKey(suspensionId)];
	delete store[asideKey(suspensionId)];
}
