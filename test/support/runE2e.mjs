// `npm run test:e2e -- [--n8n <version>] [--pictures] [--storage] [what jest takes]`; pictures go to docs/images/, and
// with --storage all combinations of files and storages run instead of a few
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

const { status } = spawnSync('npx', ['jest', '--selectProjects', 'e2e', '--runInBand', ...rest], {
	stdio: 'inherit',
	shell: process.platform === 'win32',
	env: {
		...process.env,
		...(version !== undefined && { HAPPYHORSE_N8N: version }),
		...(pictures && { PICTURES: '1' }),
		...(storage && { HAPPYHORSE_STORAGE: 'all' }),
	},
});
process.exit(status ?? 1);
