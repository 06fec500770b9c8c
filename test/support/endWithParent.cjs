// Loaded into n8n's process: ends it when whoever started it is gone, however that ended, since its pipe closes then.
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
	process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL'));
	process.stdin.resume();
	process.stdin.unref();
}
