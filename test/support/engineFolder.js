const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** Runs in Jest's own process, which ends after all tests: a test's `process` is a copy that never gets the exit event. */
module.exports = () => {
	const folder = mkdtempSync(join(tmpdir(), 'happyhorse-engine-'));
	process.env.HAPPYHORSE_ENGINE_FOLDER = folder;
	process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
};
