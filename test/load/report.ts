/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import packageJson from '../../package.json';
import { ensureHost, N8N_VERSION } from '../support/n8nHost';
import { ROOT } from '../support/pack';
import type { Measure } from './measure';
import type { Scenario } from './scenario';
import { SCENARIOS } from './scenarios';
import type { Series } from './watch';

/** What a scenario measured with its default settings, and on which machine. */
export interface Results {
	/** An ISO date. */
	date: string;
	versions: { package: string; n8n: string; nodeOfN8n: string; node: string };
	machine: { cpu: string; cores: number; memoryGB: number; os: string };
	measures: Measure[];
	overTime: Series[];
}

export const PAGE = join(ROOT, 'docs', 'evidence', 'scaling.md');
const BEGIN = '<!-- written by npm run load -->\n';

const fileOf = ({ name }: Scenario) => join(ROOT, 'test', 'load', 'results', `${name}.json`);

/** The last results of a scenario, if it has any. */
export const resultsOf = (scenario: Scenario): Results | undefined =>
	existsSync(fileOf(scenario)) ? JSON.parse(readFileSync(fileOf(scenario), 'utf8')) : undefined;

const HEAD = ['measure', 'target', 'measured', 'met?'];

const verdict = ({ target, met }: Measure) => (target === '–' ? '' : met ? 'yes' : 'NO');

const cellsOf = (line: Measure) => [line.measure, line.target, line.measured, verdict(line)];

const cellsOver = (rows: Series['rows']) => [
	Object.keys(rows[0] ?? {}),
	...rows.map((row) => Object.values(row).map(String)),
];

function toMarkdown([head, ...rows]: string[][]): string {
	const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
	return [head, head.map(() => '---'), ...rows].map(line).join('\n');
}

/** Measures, and what was seen over time, as tables in Markdown. */
export const tablesOf = (measures: Measure[], overTime: Series[]): string =>
	[
		toMarkdown([HEAD, ...measures.map(cellsOf)]),
		...overTime.flatMap(({ name, rows }) => [
			`Over time, ${name}: the highest values since the row before.`,
			toMarkdown(cellsOver(rows)),
		]),
	].join('\n\n');

function sectionOf({ title, about, name }: Scenario, results: Results): string {
	const { date, versions, machine, measures, overTime } = results;
	const { cpu, cores, memoryGB } = machine;
	return [
		`### ${title}`,
		about,
		`\`npm run load -- ${name}\`, on ${date.slice(0, 10)} with n8n ${versions.n8n} on Node.js ${versions.nodeOfN8n.replace('v', '')}, ${cores} cores (${cpu}) and ${memoryGB} GB of memory:`,
		tablesOf(measures, overTime),
	].join('\n\n');
}

/** The page as the results on disk make it: what is written by hand, then a section for each scenario. */
export function renderedPage(): string {
	const [byHand] = readFileSync(PAGE, 'utf8').split(BEGIN);
	const sections = SCENARIOS.flatMap((scenario) => {
		const results = resultsOf(scenario);
		return results ? [sectionOf(scenario, results)] : [];
	});
	return `${byHand}${BEGIN}\n${sections.join('\n\n')}\n`;
}

/** JSON with a line for each measure and each series. */
function toJson(results: Results): string {
	const texts = (list: unknown[]) => list.map((one) => `\n\t\t${JSON.stringify(one)}`).join(',');
	const entries = Object.entries(results).map(([key, value]: [string, unknown]) => {
		const isList = Array.isArray(value) && value.length > 0;
		return `\t"${key}": ${isList ? `[${texts(value)}\n\t]` : JSON.stringify(value)}`;
	});
	return `{\n${entries.join(',\n')}\n}\n`;
}

/** Keeps the results of a scenario, and shows them in the page. */
export async function saveResults(
	scenario: Scenario,
	measures: Measure[],
	overTime: Series[],
): Promise<void> {
	const { node } = await ensureHost(N8N_VERSION);
	const { stdout } = await promisify(execFile)(node, ['--version']);
	const { version } = packageJson;
	const results: Results = {
		date: new Date().toISOString(),
		versions: {
			...{ package: version, n8n: N8N_VERSION },
			...{ nodeOfN8n: stdout.trim(), node: process.version },
		},
		machine: {
			cpu: cpus()[0]?.model ?? '',
			cores: cpus().length,
			memoryGB: Math.round(totalmem() / 2 ** 30),
			os: `${type()} ${release()}`,
		},
		measures,
		overTime,
	};
	writeFileSync(fileOf(scenario), toJson(results));
	writeFileSync(PAGE, renderedPage());
}
