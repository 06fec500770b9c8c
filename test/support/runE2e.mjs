// `npm run test:e2e -- [--n8n <version>] [--pictures] [--storage] [what jest takes]`; pictures go to docs/images/, and
// with --storage all combinations of files and storages run instead of a few. --n8n alone runs the core of the tests in
// other versions (`1.123.81`, `2.20.12,newest`, or `all` that are looked after), and with what jest takes, that in one.
import { spawnSync } from 'node:child_process';

const [, , ...rest] = process.argv;
const at = rest.indexOf('--n8n');
const [, version] = at < 0 ? [] : rest.splice(at, 2);

const takeFlag = (flag) => {
	const position = rest.indexOf(flag);
	if (position >= 0) rest.splice(position, 1);
	return position >= 0;
};
const pictures = takeFlag('--pictures');
const storage = takeFlag('--storage');

const isCore = version !== undefined && rest.length === 0 && !pictures && !storage;
const args = isCore
	? ['tsx', 'test/e2e/core/versions.ts', ...version.split(',')]
	: ['jest', '--selectProjects', 'e2e', '--maxWorkers=2', ...rest];
const { status } = spawnSync('npx', args, {
	stdio: 'inherit',
	shell: process.platform === 'win32',
	env: {
		...process.env,
		...(version !== undefined && !isCore && { HAPPYHORSE_N8N: version }),
		...(pictures && { PICTURES: '1' }),
		...(storage && { HAPPYHORSE_STORAGE: 'all' }),
	},
});
process.exit(status ?? 1);
