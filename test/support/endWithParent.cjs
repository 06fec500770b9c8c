// Loaded into n8n's process: ends it with the process that started it, however that ends, because the pipe closes.
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
	process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL'));
	process.stdin.resume();
	process.stdin.unref();
}
