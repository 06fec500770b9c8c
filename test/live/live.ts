/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { prepareEngine } from '../support/engine';
import { runProgram, say, using } from '../support/program';
import { startSandbox } from '../sandbox';
import { listen } from './listener';
import type { Spending } from './paid';
import { toTable } from './report';
import type { Service } from './run';
import { askService } from './run';

const SERVICE_URL = 'https://api.aivideoapi.ai';
const FILE = 'live-answers.json';
const MINUTE_MS = 60_000;

const HELP = `Asks the HappyHorse service whether it does what this package expects of it.

  npm run live                                against the sandbox, unless HAPPYHORSE_API_KEY is set
  npm run live -- --spend 100                 makes the cheapest video too, for at most 100 credits
  npm run live -- --spend 700 --clip URL      asks what nobody tells as well: 1.1, 480p, 21:9, no watermark, two videos alike;
                                              URL leads to a public clip of 3840 × 2160 and 3 seconds, to be edited.
                                              Each says what it may cost before, and is left out if that is too much
  npm run live -- --spend 100 --callback URL  looks at callbacks too: URL has to lead to this machine's port 8790
                                              (--port names another), by a tunnel for example; takes half an hour
Nothing else may use the account meanwhile, or the balance tells of that as well.
HAPPYHORSE_BASE_URL names another address than ${SERVICE_URL}.`;

function optionsOf(args: string[]) {
	const text = { type: 'string' } as const;
	const { values } = parseArgs({
		args,
		options: { spend: text, clip: text, callback: text, port: text, help: { type: 'boolean' } },
	});
	const numberOf = (name: 'spend' | 'port', otherwise: number) => {
		const number = Number(values[name] ?? otherwise);
		if (values[name]?.trim() === '' || !Number.isFinite(number) || number < 0)
			throw new Error(`--${name} must be a number that is not negative`);
		return number;
	};
	if (values.callback !== undefined && values.spend === undefined)
		throw new Error('A callback comes only of a video that is made: say --spend as well');
	return {
		help: values.help,
		spend: values.spend === undefined ? undefined : numberOf('spend', 0),
		callback: values.callback,
		clip: values.clip,
		port: numberOf('port', 8790),
	};
}

async function ask(
	service: Service,
	{ spend, clip, callback, port }: ReturnType<typeof optionsOf>,
	pace: Pick<Spending, 'lookEveryMs' | 'minuteMs'>,
): Promise<void> {
	const patienceMs = MINUTE_MS / 2;
	const work = async (way?: Spending['callback']) =>
		await askService(
			service,
			{
				patienceMs,
				...(spend !== undefined && {
					spending: { spend, patienceMs, giveUpMs: 20 * MINUTE_MS, clip, callback: way, ...pace },
				}),
			},
			say,
		);
	const { report, headers, answers } =
		callback === undefined
			? await work()
			: await using(listen(port), async (listener) => await work({ url: callback, listener }));
	await writeFile(FILE, `${JSON.stringify(answers, null, '\t')}\n`);
	const different = report.lines.filter(({ same }) => !same).length;
	say(`\n${toTable(report)}\n`);
	say(`Headers that tell of limits, requests or time: ${headers.join(', ') || 'none'}.`);
	if (report.stopped !== undefined) say(report.stopped);
	say(`${report.lines.length} lines, ${different} of them different.`);
	say(
		`The answers are in ${FILE}, without keys, addresses and amounts. Look through it before you give it to anybody.`,
	);
	if (!report.isGood) process.exitCode = 1;
}

async function main(): Promise<void> {
	const options = optionsOf(process.argv.slice(2));
	if (options.help) {
		say(HELP);
		return;
	}
	await prepareEngine();
	const { HAPPYHORSE_API_KEY: apiKey, HAPPYHORSE_BASE_URL: baseUrl = SERVICE_URL } = process.env;
	if (apiKey !== undefined) {
		say(`HAPPYHORSE_API_KEY is set, so the REAL service at ${baseUrl} is asked.`);
		if (options.spend === undefined) say('Nothing is paid: --spend is not given.');
		return await ask({ apiKey, baseUrl }, options, { lookEveryMs: 2_000, minuteMs: MINUTE_MS });
	}
	say('HAPPYHORSE_API_KEY is not set, so the sandbox is asked. It makes no real videos.');
	await using(startSandbox({ taskMs: 6_000 }), async ({ url, apiKey: key }) => {
		await ask(
			{ apiKey: key, baseUrl: url },
			{ ...options, spend: options.spend ?? 700 },
			{
				lookEveryMs: 500,
				minuteMs: MINUTE_MS,
			},
		);
	});
}

runProgram(main);
