import { randomUUID } from 'node:crypto';

import { checkFree } from './free';
import { askOpen } from './open';
import type { Spending } from './paid';
import { checkPaid } from './paid';
import { Report } from './report';
import { clean } from './clean';
import type { Exchange } from './wire';
import { openWire } from './wire';

export interface Service {
	apiKey: string;
	baseUrl: string;
}

/** What came of it: the lines, and every answer as it may be shown to anybody. */
export interface Outcome {
	report: Report;
	/** Headers of answers that tell of limits, requests or time. */
	headers: string[];
	answers: unknown;
}

const TELLING = /date|limit|request-?id|retry|trace|^cf-ray$/i;

const tellingHeaders = (exchanges: Exchange[]) =>
	[...new Set(exchanges.flatMap(({ headers = {} }) => Object.keys(headers)))]
		.filter((name) => TELLING.test(name))
		.sort();

/**
 * Asks the service whether it does what the package expects of it.
 *
 * @param spending undefined for what is free alone
 * @param say is told what happens
 */
export async function askService(
	service: Service,
	{ spending, patienceMs }: { spending?: Spending; patienceMs: number },
	say: (text: string) => void,
): Promise<Outcome> {
	const report = new Report(say);
	const strangeKey = `sk-${randomUUID()}`;
	const wire = await openWire(service);
	const strange = await openWire({ ...service, apiKey: strangeKey });
	try {
		await checkFree(wire, strange, report, { patienceMs });
		const isToPay = spending && report.stopped === undefined;
		const paid = isToPay ? await checkPaid(wire, report, spending) : undefined;
		if (spending && paid) await askOpen(wire, report, spending, paid);
	} catch (error) {
		const { message, details } = error as Error & { details?: { taskId?: string } };
		report.stop(`${message}${details?.taskId ? ` (task ${details.taskId})` : ''}`);
	}
	const exchanges: Exchange[] = [...wire.exchanges, ...strange.exchanges];
	const callbacks = spending?.callback?.listener.calls ?? [];
	const answers = clean({ lines: report.lines, stopped: report.stopped, exchanges, callbacks }, [
		service.apiKey,
		strangeKey,
	]);
	return { report, headers: tellingHeaders(exchanges), answers };
}
