import { deliver } from '../../completion/item';
import { deadlineOf, pollUntilTerminal } from '../../completion/poll';
import { signFiles } from '../../media/files';
import type { Run } from '../../run';
import { estimateCredits, worstCaseCredits } from '../../schema/cost';
import { LIMITS } from '../../schema/limits';
import type { Mode } from '../../schema/modes';
import { MODELS } from '../../schema/modes';
import type { Complaint } from '../../schema/parse';
import { complaintsOf, formatNumber, parseWith } from '../../schema/parse';
import type { VideoRequest } from '../../schema/requests';
import { parseVideoRequest } from '../../schema/requests';
import type { Connection } from '../../transport/connection';
import type { Trouble } from '../../transport/errors';
import { HappyHorseError, toTrouble, withDetails } from '../../transport/errors';
import { StopSwitch } from '../../transport/stop';
import { createTask, getBalance } from '../../transport/request';
import type { Operation } from '../operation';
import type { GenerateSettings } from '../settings';
import { generateSettings } from '../settings';

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
			const files = filesOf(mode, run, item, parameters, {
				minutes: timeout + FETCH_MINUTES,
				publicOnly,
			});
			const fields = { ...parameters, ...files.fields };
			const request = parseVideoRequest(mode, fields, { publicOnly });
			if ('value' in settings && 'value' in request && files.complaints.length === 0)
				return { value: { request: request.value, settings: settings.value } };
			return {
				complaints: [...complaintsOf(request), ...files.complaints, ...complaintsOf(settings)],
			};
		},
		review: (_run, generations) => refuseOverBudget(generations),
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

/** Minutes beyond the wait for which the service can fetch a file: it may begin late. */
const FETCH_MINUTES = 60;

interface Files {
	/** What takes the place of the URL fields. */
	fields: Record<string, unknown>;
	complaints: Complaint[];
}

/** How many images each mode takes. */
const IMAGES: Record<Mode, { min: number; max: number }> = {
	textToVideo: { min: 0, max: 0 },
	imageToVideo: LIMITS.firstFrames,
	referenceToVideo: LIMITS.referenceImages,
	editVideo: LIMITS.editImages,
};

/** The files that came in with an item, by the URL fields that they stand for. */
function filesOf(
	mode: Mode,
	run: Run,
	item: number,
	parameters: Record<string, unknown>,
	reach: { minutes: number; publicOnly: boolean },
): Files {
	const sign = (kind: 'image' | 'video', count: { min: number; max: number }) => {
		const field = `${kind}BinaryProperty`;
		const names = parameters[field];
		return signFiles(run.context, item, { ...reach, kind, field, names, count });
	};
	const images = parameters.imageSource === 'binary' ? sign('image', IMAGES[mode]) : undefined;
	const videos =
		parameters.videoSource === 'binary' ? sign('video', LIMITS.inputVideos) : undefined;
	return {
		fields: {
			...(images && { imageUrl: images.urls[0], imageUrls: images.urls }),
			...(videos && { videoUrl: videos.urls[0] }),
		},
		complaints: [...(images?.complaints ?? []), ...(videos?.complaints ?? [])],
	};
}

/** @throws HappyHorseError if the run could cost more than Max Credits */
function refuseOverBudget(generations: Generation[]): void {
	const budget = generations[0]?.settings.maxCredits;
	if (budget === undefined) return;
	const costs = generations.map(({ request }) => request.cost);
	const total = costs.reduce((sum, cost) => sum + worstCaseCredits(cost), 0);
	if (total <= budget) return;
	const isKnown = costs.every((cost) => estimateCredits(cost) !== undefined);
	const guess =
		' The length of a clip to edit is not known beforehand, so the longest that is allowed is counted.';
	throw new HappyHorseError({
		message: `This run would cost ${isKnown ? '' : 'up to '}${formatNumber(total)} credits, more than the ${formatNumber(budget)} that Max Credits allows`,
		description: `Nothing was sent. Raise Max Credits under Options, or make fewer, shorter or 720p videos.${isKnown ? '' : guess}`,
		code: 'over_budget',
	});
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
