import { deliver } from '../../completion/item';
import { deadlineOf, pollUntilTerminal } from '../../completion/poll';
import type { Run } from '../../run';
import { estimateCredits } from '../../schema/cost';
import { LIMITS } from '../../schema/limits';
import type { Mode } from '../../schema/modes';
import { MODELS } from '../../schema/modes';
import { complaintsOf, formatNumber, parseWith } from '../../schema/parse';
import type { VideoRequest } from '../../schema/requests';
import { parseVideoRequest } from '../../schema/requests';
import type { Connection } from '../../transport/connection';
import type { Trouble } from '../../transport/errors';
import { toTrouble, withDetails } from '../../transport/errors';
import { StopSwitch } from '../../transport/stop';
import { createTask, getBalance } from '../../transport/request';
import type { Operation } from '../operation';
import type { GenerateSettings } from '../settings';
import { generateSettings } from '../settings';
import { refuseOverBudget } from './budget';
import { filesOf } from './inputFiles';

/** One video to make: the request as it will be sent, and what the node is to do around it. */
interface Generation {
	request: VideoRequest;
	settings: GenerateSettings;
}

/** Milliseconds that looking up the balance for a message may take. */
const BALANCE_MS = 5_000;

/** What the four modes share: everything but their fields. */
export function generate(mode: Mode): Pick<Operation<Generation>, 'read' | 'review' | 'perform'> {
	return {
		async read(run, parameters, item) {
			const { isPublic: publicOnly } = await run.connect();
			const settings = parseWith(generateSettings, parameters);
			const timeout = 'value' in settings ? settings.value.timeout : LIMITS.timeout.max;
			const files = filesOf(run, mode, parameters, { item, timeout, publicOnly });
			const fields = { ...parameters, ...files.fields };
			const request = parseVideoRequest(mode, fields, { publicOnly });
			if ('value' in settings && 'value' in request && files.complaints.length === 0)
				return { value: { request: request.value, settings: settings.value } };
			return {
				complaints: [...complaintsOf(request), ...files.complaints, ...complaintsOf(settings)],
			};
		},
		review(_run, generations) {
			const costs = generations.map(({ request }) => request.cost);
			refuseOverBudget(costs, generations[0]?.settings.maxCredits);
		},
		perform: async (run, { request, settings }, item) => {
			const created = await submit(run, request, settings);
			const task = { taskId: created.value, status: 'pending' };
			run.paid.set(item, task);
			const creditsEstimated = estimateCredits(request.cost);
			try {
				if (settings.waitForCompletion) {
					const answer = await pollUntilTerminal(run, task, settings);
					return await deliver(run, answer, { ...settings, creditsEstimated });
				}
			} catch (error) {
				throw withDetails(error, task);
			}
			if (!settings.simplify) return { json: created.raw };
			const estimate = creditsEstimated === undefined ? {} : { creditsEstimated };
			return { json: { ...task, mode, model: MODELS[mode], ...estimate } };
		},
	};
}

async function submit(run: Run, { body, cost }: VideoRequest, settings: GenerateSettings) {
	const connection = await run.connect();
	try {
		return await createTask(connection, body, deadlineOf(settings));
	} catch (error) {
		const needed = estimateCredits(cost);
		throw withDetails(error, await balanceBeside(toTrouble(error), connection, needed));
	}
}

/** A refusal for lack of credits says how many there are, where that can be had. */
async function balanceBeside(
	{ code, description }: Trouble,
	connection: Connection,
	needed: number | undefined,
): Promise<Partial<Trouble>> {
	if (code !== 'insufficient_credits') return {};
	// the run may have been stopped by the refusal; only its message depends on this, so not getting it changes nothing
	const aside = { ...connection, stop: new StopSwitch() };
	const balance = await getBalance(aside, Date.now() + BALANCE_MS).catch(() => undefined);
	const facts = [
		balance && `The balance is ${formatNumber(balance.value)} credits.`,
		needed !== undefined && `This video costs ${formatNumber(needed)} credits.`,
		description,
	];
	return { description: facts.filter(Boolean).join(' ') };
}
