// Plays as many made-up histories as are asked for: `npm run histories -- 10000`, and `--seed 7` after it to play the same again.
import { spawnSync } from 'node:child_process';

const [runs = '1000', , seed] = process.argv.slice(2);
const jest = ['jest', '--selectProjects', 'engine', '--testPathPatterns', 'engine/histories'];
const { status } = spawnSync('npx', jest, {
	stdio: 'inherit',
	shell: process.platform === 'win32',
	env: { ...process.env, HISTORIES: runs, ...(seed && { HISTORIES_SEED: seed }) },
});
process.exitCode = status ?? 1;
