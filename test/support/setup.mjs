// Runs before anything is installed, so it is plain JavaScript without dependencies.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const changedAt = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
	process.stderr.write(`Node.js 20 or newer is needed; this is ${process.versions.node}.\n`);
	process.exit(1);
}

const installedAt = changedAt('node_modules/.package-lock.json');
if (installedAt < Math.max(changedAt('package.json'), changedAt('package-lock.json'))) {
	process.stdout.write('Installing what the project needs (about a minute the first time) …\n');
	// not `npm ci`: it refuses a lockfile that was written on another platform
	const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
		cwd: root,
		stdio: 'inherit',
		shell: process.platform === 'win32',
	});
	if (status !== 0) {
		process.stderr.write('npm install did not succeed; its reason stands above. Run it again.\n');
		process.exit(1);
	}
}
