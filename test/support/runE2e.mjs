// `npm run test:e2e -- [--n8n <version>] [--pictures] [what jest takes]`; pictures go to docs/images/
import { spawnSync } from 'node:child_process';

const [, , ...rest] = process.argv;
const at = rest.indexOf('--n8n');
const [, version] = at < 0 ? [] : rest.splice(at, 2);

const picturesAt = rest.indexOf('--pictures');
if (picturesAt >= 0) rest.splice(picturesAt, 1);

const { status } = spawnSync('npx', ['jest', '--selectProjects', 'e2e', '--runInBand', ...rest], {
	stdio: 'inherit',
	shell: process.platform === 'win32',
	env: {
		...process.env,
		...(version !== undefined && { HAPPYHORSE_N8N: version }),
		...(picturesAt >= 0 && { PICTURES: '1' }),
	},
});
process.exit(status ?? 1);
