import type { IBinaryData } from 'n8n-workflow';

import { toDetails } from '../../nodes/HappyHorse/errors/errors';
import { planJoin } from '../../nodes/HappyHorse/film/join';
import type { VideoRequestBody } from '../../nodes/HappyHorse/contract/requests';
import { postGeneration } from '../../nodes/HappyHorse/service/client';
import { balanceOf, refusalOf, spentBetween } from './free';
import type { Spending } from './paid';
import { fileOf, VIDEO_BODY, watch } from './paid';
import type { Report } from './report';
import type { Wire } from './wire';

interface Question {
	id: string;
	what: string;
	body: VideoRequestBody;
	/** Credits that it costs at most, if it is accepted. */
	atMost: number;
}

const { model, input } = VIDEO_BODY;
/** Three seconds at 720p, and at 1080p where no price is published. */
const [USUAL, UNKNOWN] = [82.5, 145.5];

const QUESTIONS: Question[] = [
	{
		id: '1.1 at 480p',
		what: 'HappyHorse 1.1 at 480p',
		body: { model: model.replace('1.0', '1.1'), input: { ...input, resolution: '480p' } },
		atMost: UNKNOWN,
	},
	{
		id: '21:9',
		what: 'An aspect ratio of 21:9',
		body: { model, input: { ...input, aspect_ratio: '21:9' } },
		atMost: USUAL,
	},
	{
		id: 'watermark',
		what: 'watermark: false',
		body: { model, input: { ...input, watermark: false } },
		atMost: USUAL,
	},
];

/** An edit of three seconds of 4K, which are paid for twice. */
const editOf = (clip: string): Question => ({
	id: '4K',
	what: 'A clip of 3840 × 2160 to edit',
	body: {
		model: 'happyhorse-1.0-video-edit',
		input: {
			prompt: 'Make it night, keep everything else',
			video_urls: [clip],
			resolution: '720p',
		},
	},
	atMost: 2 * USUAL,
});

/**
 * Asks what the contract leaves open or only others publish: both answers are right, and what is accepted costs a short clip.
 *
 * @param first a video of `VIDEO_BODY`, which another one is compared with
 * @param left credits that may be spent
 */
export async function askOpen(
	wire: Wire,
	report: Report,
	spending: Spending,
	{ first, left }: { first?: IBinaryData; left: number },
): Promise<void> {
	let budget = left;
	const ask = async ({ id, what, body, atMost }: Question) => {
		if (atMost > budget) {
			report.say(`Not asked, since it may cost ${atMost} credits and ${budget} are left: ${what}.`);
			return undefined;
		}
		report.say(`${what}: costs up to ${atMost} credits if it is accepted, of ${budget} left.`);
		const before = await balanceOf(wire, spending);
		const answer = await answerTo(wire, body, report, spending);
		const cost = spentBetween(before, await balanceOf(wire, spending));
		budget = spentBetween(budget, cost);
		const came = `${answer.came}, ${cost} credits`;
		report.add({
			id,
			what,
			expected: 'accepted or refused',
			where: 'nowhere',
			came,
			same: answer.isClear,
		});
		return answer.file;
	};
	for (const question of QUESTIONS) await ask(question);
	if (spending.clip !== undefined) await ask(editOf(spending.clip));
	if (!first) return;
	const second = await ask({
		...{ id: 'second', what: 'A second video like the first', body: VIDEO_BODY, atMost: USUAL },
	});
	if (second) await compare(wire, report, [first, second]);
}

interface OpenAnswer {
	came: string;
	/** Set where it is known whether there is a task. */
	isClear: boolean;
	file?: IBinaryData;
}

async function answerTo(
	wire: Wire,
	body: VideoRequestBody,
	report: Report,
	spending: Spending,
): Promise<OpenAnswer> {
	let taskId: string;
	try {
		({ value: taskId } = await postGeneration(wire.connection, body, spending.patienceMs));
	} catch (error) {
		const came = wire.last ? refusalOf(wire.last, error) : 'nothing';
		return { came: `refused: ${came}`, isClear: !toDetails(error).taskMayExist };
	}
	const watched = await watch(wire, taskId, report, spending);
	if (watched?.task.status !== 'completed') {
		const { status = 'not ended', error } = watched?.task ?? {};
		return {
			came: `accepted: task ${taskId} ${status} ${error?.message ?? ''}`.trim(),
			isClear: true,
		};
	}
	const file = await fileOf(wire, watched.task).catch(() => undefined);
	return { came: `accepted: task ${taskId} completed`, isClear: true, file };
}

/** Tells whether two clips of the same settings can be joined without decoding them. */
async function compare({ connection }: Wire, report: Report, files: IBinaryData[]): Promise<void> {
	const { helpers } = connection.context;
	const inputs = files.map(({ id = '' }, index) => ({
		name: `Clip ${index + 1}`,
		open: async () => await helpers.getBinaryStream(id),
	}));
	const can = 'they can be joined';
	const came = await planJoin(inputs).then(
		() => can,
		(error: unknown) => (error instanceof Error ? error.message : String(error)),
	);
	report.add({
		id: 'alike',
		what: 'Two videos of the same settings',
		expected: can,
		where: 'nowhere',
		came,
	});
}
