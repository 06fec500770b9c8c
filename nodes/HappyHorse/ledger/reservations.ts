import type { Page } from './ledger';

/** What an item of an agent's call is about to cost, in credits. */
interface Promised {
	by: object;
	item: number;
	credits: number;
}

/** By page. An agent of n8n's older kind makes calls at the same moment, so what one may spend counts before it is charged. */
const promises = new WeakMap<Page, Promised[]>();

/** Counts what an item is about to cost, in credits. */
export function promise(page: Page, by: object, item: number, credits: number): void {
	promises.set(page, [...(promises.get(page) ?? []), { by, item, credits }]);
}

/** Forgets what an item was about to cost, as what became of it is noted. */
export function settle(page: Page, by: object, item: number): void {
	const left = promises.get(page)?.filter((one) => one.by !== by || one.item !== item);
	if (left) promises.set(page, left);
}

/** Credits that are about to be spent. */
export const promisedBy = (page: Page) =>
	promises.get(page)?.reduce((sum, { credits }) => sum + credits, 0) ?? 0;
