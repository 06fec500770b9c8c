// Makes anew what is kept in the repository and can't be written by hand: `npm run generate -- <what>`.
import { spawnSync } from 'node:child_process';

const jest = (project, file, variable) => [
	{
		command: `npx jest --selectProjects ${project} --testPathPatterns ${file}`,
		env: { [variable]: 'print' },
	},
];
const mediaPage = jest('unit', 'unit/zoo', 'MEDIA');

/** What can be made, and the commands that make it, in order. */
const TARGETS = {
	pictures: {
		says: 'the pictures of the README, docs/ and the script in docs/review/, from the editor in Chromium',
		steps: [{ command: 'npm run test:e2e -- --pictures --testPathPatterns e2e/(editor|install)' }],
	},
	faults: {
		says: 'docs/evidence/faults.md, from everything that can go wrong',
		steps: jest('engine', 'engine/faults', 'FAULTS'),
	},
	schemas: {
		says: 'the fields that the editor offers before the first run, from what comes out',
		steps: jest('engine', 'engine/schemas', 'SCHEMAS'),
	},
	media: {
		says: 'the images and clips of the tests, and docs/evidence/media.md; needs what test/tools/media/zoo.mjs names',
		steps: [
			...['make', 'zoo', 'film'].map((name) => ({ command: `node test/tools/media/${name}.mjs` })),
			...mediaPage,
		],
	},
	'media-page': { says: 'docs/evidence/media.md alone', steps: mediaPage },
	films: {
		says: 'films of all kinds, judged by ffmpeg, mp4box, Chromium and Firefox, for docs/evidence/media.md',
		steps: [{ command: 'npx tsx test/tools/film/run.ts', takesArguments: true }, ...mediaPage],
	},
	scene: {
		says: 'the sandbox’s video; needs Chromium and ffmpeg',
		steps: [{ command: 'node test/sandbox/scene.mjs' }],
	},
};

const [, , name, ...rest] = process.argv;
const target = TARGETS[name];
if (!target) {
	const list = Object.entries(TARGETS).map(([key, { says }]) => `  ${key.padEnd(11)} ${says}\n`);
	process.stdout.write(`npm run generate -- <what>\n${list.join('')}`);
	process.exit(name === undefined ? 0 : 1);
}
for (const { command, env, takesArguments } of target.steps) {
	const [program, ...args] = [...command.split(' '), ...(takesArguments ? rest : [])];
	const { status } = spawnSync(program, args, {
		stdio: 'inherit',
		shell: process.platform === 'win32',
		env: { ...process.env, ...env },
	});
	if (status !== 0) process.exit(status ?? 1);
}
