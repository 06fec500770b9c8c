/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { parseArgs } from 'node:util';

import { runProgram, say, using } from '../support/program';
import type { Measure } from './measure';
import { tablesOf, saveResults } from './report';
import type { Scenario, Settings } from './scenario';
import { Trial } from './scenario';
import { SCENARIOS } from './scenarios';
import type { Series } from './watch';

const optionOf = (setting: string) =>
	setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const commandOf = ({ name }: Scenario, settings: Settings) =>
	[name, ...Object.entries(settings).map(([key, value]) => `--${optionOf(key)} ${value}`)].join(
		' ',
	);

const usage = () =>
	[
		'npm run load -- <scenario …> [--option number …], with these defaults:',
		...SCENARIOS.map((scenario) => `  ${commandOf(scenario, scenario.settings)}`),
	].join('\n');

/** @throws Error for an option that the scenario does not have, or whose value is no number */
function settingsOf({ settings: defaults }: Scenario, args: string[]): Settings {
	const names = Object.keys(defaults);
	const options = Object.fromEntries(
		names.map((name) => [optionOf(name), { type: 'string' as const }]),
	);
	const { values } = parseArgs({ args, options });
	return Object.fromEntries(
		names.map((name) => {
			const value = Number(values[optionOf(name)] ?? defaults[name]);
			if (Number.isNaN(value)) throw new Error(`--${optionOf(name)} takes a number`);
			return [name, value];
		}),
	);
}

/** Runs a scenario; its results are kept where nothing about it was changed. */
async function play(scenario: Scenario, args: string[]): Promise<void> {
	const settings = settingsOf(scenario, args);
	say(`npm run load -- ${commandOf(scenario, settings)}`);
	const measures: Measure[] = [];
	const overTime: Series[] = [];
	for (const variant of scenario.variants ?? [undefined])
		await using(Promise.resolve(new Trial(settings, variant)), async (trial) => {
			if (variant) say(`${variant.name} …`);
			const prefix = variant ? `${variant.name}: ` : '';
			for (const line of await scenario.measure(trial))
				measures.push({ ...line, measure: prefix + line.measure });
			overTime.push(...trial.watches.map(({ series }) => series));
		});
	say(`\n${tablesOf(measures, overTime)}\n`);
	if (measures.some(({ met }) => !met)) process.exitCode = 1;
	if (args.length === 0) await saveResults(scenario, measures, overTime);
}

async function main(args: string[]): Promise<void> {
	const firstOption = args.findIndex((arg) => arg.startsWith('--'));
	const end = firstOption < 0 ? args.length : firstOption;
	const wanted = args.slice(0, end).map((name) => {
		const scenario = SCENARIOS.find((one) => one.name === name);
		if (!scenario) throw new Error(`There is no scenario ${name}.\n${usage()}`);
		return scenario;
	});
	if (wanted.length === 0) say(usage());
	for (const scenario of wanted) await play(scenario, args.slice(end));
}

runProgram(async () => await main(process.argv.slice(2)));
