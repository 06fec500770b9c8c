import { randomUUID } from 'node:crypto';

import { HappyHorseError } from '../../nodes/HappyHorse/errors/errors';
import { postGeneration, fetchBalance, fetchTask } from '../../nodes/HappyHorse/service/client';
import type { VideoRequestBody } from '../../nodes/HappyHorse/contract/requests';
import type { Report } from './report';
import { fieldsOf, typeOf } from './shape';
import type { Exchange, Wire } from './wire';

const MODEL = 'happyhorse-1.0-text-to-video';
const IMAGE_MODEL = 'happyhorse-1.0-image-to-video';
/** The cheapest there is, should any of it be accepted. */
const CHEAPEST = { prompt: 'A horse', duration: 3, resolution: '720p' };

interface Refusal {
	id: string;
	what: string;
	body: object;
	expected: string;
}

const INVALID = '400 invalid_request, invalid_request_error';

/** What must be refused, one for each rule that can be tried without paying. */
const REFUSALS: Refusal[] = [
	{ id: 'no model', what: 'No model', body: { input: CHEAPEST }, expected: INVALID },
	{
		id: 'wrong model',
		what: 'A model that does not exist',
		body: { model: 'happyhorse-0.0-text-to-video', input: CHEAPEST },
		expected: '404 model_not_found, invalid_request_error',
	},
	{
		id: 'no prompt',
		what: 'No prompt',
		body: { model: MODEL, input: { ...CHEAPEST, prompt: undefined } },
		expected: INVALID,
	},
	{
		id: '2 seconds',
		what: 'A video of 2 seconds',
		body: { model: MODEL, input: { ...CHEAPEST, duration: 2 } },
		expected: INVALID,
	},
	{
		id: 'wrong ratio',
		what: 'An aspect ratio of 7:5',
		body: { model: MODEL, input: { ...CHEAPEST, aspect_ratio: '7:5' } },
		expected: INVALID,
	},
	{
		id: 'wrong resolution',
		what: 'A resolution of 20p',
		body: { model: MODEL, input: { ...CHEAPEST, resolution: '20p' } },
		expected: INVALID,
	},
	{
		id: 'wrong seed',
		what: 'A seed of -1',
		body: { model: MODEL, input: { ...CHEAPEST, seed: -1 } },
		expected: INVALID,
	},
	{
		id: 'no image',
		what: 'Image to video without an image',
		body: { model: IMAGE_MODEL, input: { ...CHEAPEST, image_urls: [] } },
		expected: INVALID,
	},
];

/** Milliseconds for which a setback is waited out. */
export interface Patience {
	patienceMs: number;
}

/** An answer that refuses, in the words of the contract's table, and whether the package has read it so. */
export function refusalOf({ status, body, silence }: Exchange, read: unknown): string {
	if (status === undefined) return `no answer: ${silence}`;
	const { code, type, message } = fieldsOf(fieldsOf(body).error);
	if (typeof code !== 'string') return `${status} without error.code`;
	const understood = read instanceof HappyHorseError && read.details.code === code;
	return [
		`${status} ${code}, ${typeof type === 'string' ? type : 'without a type'}`,
		...(typeof message === 'string' && message !== '' ? [] : ['without a message']),
		...(understood ? [] : ['not understood']),
	].join(', ');
}

const caught = async (work: Promise<unknown>): Promise<unknown> =>
	await work.then(
		() => undefined,
		(error: unknown) => error,
	);

/** The credits by which a balance is less than one before, without what floating-point numbers add. */
export const spentBetween = (before: number, after: number) => Number((before - after).toFixed(4));

/** The balance, in credits. */
export async function balanceOf({ connection }: Wire, { patienceMs }: Patience): Promise<number> {
	return (await fetchBalance(connection, patienceMs)).value.credits;
}

async function checkBalance(wire: Wire, report: Report, patience: Patience): Promise<number> {
	const balance = await balanceOf(wire, patience).catch(() => NaN);
	const { status, headers = {}, body } = wire.last ?? {};
	const { code, msg, data } = fieldsOf(body);
	const amounts = fieldsOf(data);
	const name = 'balance' in amounts ? 'balance' : 'credits';
	report.add({
		id: 'balance',
		what: 'Balance',
		expected: '200, data.balance is a number',
		where: 'GET /v1/credits',
		came: `${status}, data.${name} is ${typeOf(amounts[name])}${Number.isNaN(balance) ? ', not understood' : ''}`,
	});
	report.add({
		id: 'totals',
		what: 'What was bought and spent',
		expected: 'data.total_purchased is a number, data.total_consumed is a number',
		where: 'GET /v1/credits',
		came: ['total_purchased', 'total_consumed']
			.map((field) => `data.${field} is ${typeOf(amounts[field])}`)
			.join(', '),
	});
	report.add({
		id: 'envelope',
		what: 'Envelope',
		expected: 'code 200, msg "success"',
		where: 'GET /v1/credits',
		came: `code ${JSON.stringify(code)}, msg ${JSON.stringify(msg)}`,
	});
	report.add({
		id: 'json',
		what: 'Content-Type',
		expected: 'application/json',
		where: 'Transport',
		came: String(headers['content-type'] ?? 'none').split(';')[0],
	});
	return balance;
}

/**
 * What must be refused, one after the other, until something is accepted that should not be.
 *
 * @param before the balance, in credits
 */
async function checkRefusals(
	wire: Wire,
	report: Report,
	{ patienceMs }: Patience,
	before: number,
): Promise<void> {
	const spent = async () =>
		spentBetween(before, await balanceOf(wire, { patienceMs }).catch(() => NaN));
	for (const { id, what, body, expected } of REFUSALS) {
		const about = { id, what, expected, where: 'Errors' };
		try {
			// what the package itself would never send
			const wrong = JSON.parse(JSON.stringify(body)) as VideoRequestBody;
			const { value: taskId } = await postGeneration(wire.connection, wrong, patienceMs);
			const cost = await spent();
			report.add({ ...about, came: `accepted: task ${taskId}, ${cost} credits`, same: false });
			return report.stop(
				`"${what}" should have been refused, but was accepted: task ${taskId}, which cost ${cost} credits. Nothing more is tried.`,
			);
		} catch (error) {
			const came = wire.last ? refusalOf(wire.last, error) : 'nothing';
			report.add({ ...about, came });
			if (!(error instanceof HappyHorseError) || !error.details.taskMayExist) continue;
			const cost = await spent();
			if (cost !== 0)
				return report.stop(
					`"${what}" should have been refused, but the balance has changed by ${cost} credits. Nothing more is tried.`,
				);
		}
	}
}

/**
 * Everything that costs nothing: the balance, what is not there, what must be refused, a wrong key.
 *
 * @param strange a way with a key that nobody has
 */
export async function checkFree(
	wire: Wire,
	strange: Wire,
	report: Report,
	patience: Patience,
): Promise<void> {
	const { connection } = wire;
	const before = await checkBalance(wire, report, patience);
	const unknown = await caught(fetchTask(connection, randomUUID(), patience.patienceMs));
	report.add({
		id: 'unknown task',
		what: 'A task that does not exist',
		expected: '404 task_not_found, invalid_request_error',
		where: 'Errors',
		came: wire.last ? refusalOf(wire.last, unknown) : 'nothing',
	});
	const wrongKey = await caught(fetchBalance(strange.connection, patience.patienceMs));
	report.add({
		id: 'wrong key',
		what: 'A key that nobody has',
		expected: '401 invalid_api_key, authentication_error',
		where: 'Errors',
		came: strange.last ? refusalOf(strange.last, wrongKey) : 'nothing',
	});
	if (Number.isNaN(before))
		return report.stop(
			'Without the balance nobody can tell what something costs, so nothing more is tried.',
		);
	await checkRefusals(wire, report, patience, before);
	if (report.stopped !== undefined) return;
	const spent = spentBetween(before, await balanceOf(wire, patience).catch(() => NaN));
	report.add({
		id: 'nothing spent',
		what: 'What all this has cost',
		expected: '0 credits',
		where: 'Price',
		came: `${spent} credits`,
	});
}
