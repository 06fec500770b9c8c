const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

// n8n's engine reads the name of its folder when it is first loaded
const { HAPPYHORSE_ENGINE_FOLDER = tmpdir() } = process.env;
const folder = mkdtempSync(join(HAPPYHORSE_ENGINE_FOLDER, 'happyhorse-engine-'));
process.env.N8N_USER_FOLDER = folder;
process.env.N8N_LOG_LEVEL = 'silent';
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
