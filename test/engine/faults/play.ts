import { startSandbox } from '../../sandbox';
import type { Sandbox } from '../../sandbox';
import { shortenWaits } from '../../support/clock';
import type { Outcome } from '../../support/engine';
import { runNode, storeBinary } from '../../support/engine';
import { mediaFile } from '../../support/mediaHost';
import { video } from '../../support/parameters';
import type { Place, Row } from './rows';

/** What a row came to. */
export interface Result {
	row: Row;
	/** POSTs that reached the service. */
	posts: number;
	/** Ids of all tasks that the service has booked. */
	tasks: string[];
	charged: number;
	refunded: number;
	/** The message that the user gets, or what came out. */
	sees: string;
	/** Everything that the user gets, as text. */
	all: string;
}

/** The package gives requests half a minute and more; where one gets no answer, that goes by faster here. */
const TIMES_FASTER = 20;

const SPOTS: Partial<Record<Place, 'create' | 'task' | 'credits' | 'file'>> = {
	'POST video': 'create',
	'GET task': 'task',
	'GET credits': 'credits',
	'GET file': 'file',
};

function parametersFor({ where, clip, parameters }: Row) {
	if (where === 'GET credits') return { resource: 'credit', operation: 'getBalance' };
	if (clip) return video('editVideo', { videoSource: 'binary', ...parameters });
	return video('textToVideo', { downloadVideo: true, options: { timeout: 0.05 }, ...parameters });
}

const itemFor = async ({ clip }: Row) => ({
	json: {},
	...(clip && { binary: { data: await storeBinary(mediaFile(clip), 'video/mp4') } }),
});

async function play(row: Row): Promise<Result> {
	const sandbox = await startSandbox({ taskMs: 100 });
	const on = SPOTS[row.where];
	if (row.fault && on) sandbox.fault({ on, ...row.fault });
	// just after completion, a file host is asked again for a minute
	const isOfFile = row.where === 'GET file';
	if (isOfFile || row.outcome)
		sandbox.outcome({ ...(isOfFile && { completedAgoMs: 120_000 }), ...row.outcome });
	const baseUrl = row.nobody ? 'http://127.0.0.1:1' : sandbox.url;
	const items = [await itemFor(row)];
	const outcome = await runNode({ baseUrl, items, parameters: parametersFor(row) });
	const result = resultOf(row, outcome, sandbox);
	await sandbox.close();
	return result;
}

function resultOf(row: Row, { error, json, outputs }: Outcome, sandbox: Sandbox): Result {
	const sum = (kind: 'charge' | 'refund') =>
		sandbox.ledger
			.filter((entry) => entry.kind === kind)
			.reduce((credits, entry) => credits + entry.credits, 0);
	const [item] = json;
	const seen = row.where === 'GET credits' ? 'the balance' : `the video (${String(item?.status)})`;
	const mayExist = error?.context.taskMayExist === true ? ' [a task may exist]' : '';
	return {
		row,
		posts: sandbox.requests.filter(({ method }) => method === 'POST').length,
		tasks: [...sandbox.tasks.keys()],
		charged: sum('charge'),
		refunded: sum('refund'),
		sees: error ? `${error.message}${mayExist}` : seen,
		all: JSON.stringify([error, outputs]),
	};
}

const isSilent = ({ fault }: Row) => /hang|drip/.test(fault?.break ?? '');

async function playFaster(rows: Row[]): Promise<Result[]> {
	const end = shortenWaits(TIMES_FASTER);
	try {
		return await Promise.all(rows.map(play));
	} finally {
		end();
	}
}

/** Plays rows, each against a sandbox of its own, and gives their results in the same order. */
export async function playAll(rows: Row[]): Promise<Result[]> {
	const silent = await playFaster(rows.filter(isSilent));
	const others = await Promise.all(rows.filter((row) => !isSilent(row)).map(play));
	const results = new Map([...silent, ...others].map((result) => [result.row, result]));
	return rows.flatMap((row) => results.get(row) ?? []);
}

/** The results as a Markdown table. */
export function toTable(results: Result[]): string {
	const lines = results.map(({ row, posts, tasks, charged, refunded, sees }) =>
		[row.where, row.what, posts, tasks.length, charged, refunded, sees.replaceAll('|', '\\|')].join(
			' | ',
		),
	);
	return [
		'| Where | What goes wrong | POSTs | Tasks | Charged | Refunded | What the user gets |',
		'| --- | --- | --- | --- | --- | --- | --- |',
		...lines.map((line) => `| ${line} |`),
	].join('\n');
}
