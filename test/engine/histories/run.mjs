// Plays as many made-up histories as are asked for: `npm run histories -- 10000`, and `--seed 7` after it to play the same again.
import { spawnSync } from 'node:child_process';

/** What one process plays: the engine and what it has loaded grow with it. */
const PIECE = 2_500;

const [runs = '1000', , seed] = process.argv.slice(2);
const jest = ['jest', '--selectProjects', 'engine', '--testPathPatterns', 'engine/histories'];
for (let left = Number(runs), piece = 0; left > 0; left -= PIECE, piece++) {
	const { status } = spawnSync('npx', jest, {
		stdio: 'inherit',
		shell: process.platform === 'win32',
		env: {
			...process.env,
			HISTORIES: String(Math.min(left, PIECE)),
			...(seed && { HISTORIES_SEED: String(Number(seed) + piece) }),
		},
	});
	process.exitCode = status ?? 1;
	if (status !== 0) break;
}
