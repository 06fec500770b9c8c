// Loaded into n8n: tells how much is alive there. `GET /` collects garbage first; `GET /snapshot` takes a heap snapshot too.
const { rmSync, statSync } = require('node:fs');
const { createServer } = require('node:http');
const Module = require('node:module');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const v8 = require('node:v8');
const { runInNewContext } = require('node:vm');

// not in n8n's task runners, which inherit the setting
if (process.argv.includes('start')) {
	v8.setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc');

	/** What belongs to one run or one callback. To count the objects of a class takes seconds. */
	const COUNTED = ['Run', 'StopSwitch', 'Limiter'];

	/** The maps that modules of the package keep, by the files that they stand in, and the classes to count. */
	const maps = [];
	const classes = [];
	const NativeMap = Map;
	const compile = Module.prototype._compile;
	Module.prototype._compile = function (content, file, ...rest) {
		const [, own] = file.split('/n8n-nodes-happyhorse/dist/nodes/HappyHorse/');
		if (own === undefined) return compile.call(this, content, file, ...rest);
		const before = globalThis.Map;
		globalThis.Map = class extends NativeMap {
			constructor(...given) {
				super(...given);
				if (given.length === 0) maps.push([`${own} ${maps.length}`, this]);
			}
		};
		try {
			return compile.call(this, content, file, ...rest);
		} finally {
			globalThis.Map = before;
			for (const [name, value] of Object.entries(this.exports))
				if (COUNTED.includes(name)) classes.push([name, value]);
		}
	};

	const count = (type) => v8.queryObjects(type, { format: 'count' });

	const report = () => {
		collect();
		return {
			heapBytes: v8.getHeapStatistics().used_heap_size,
			maps: Object.fromEntries(maps.map(([name, { size }]) => [name, size])),
			objects: Object.fromEntries(classes.map(([name, type]) => [name, count(type)])),
			signals: count(AbortSignal),
		};
	};

	const snapshotSize = () => {
		const file = v8.writeHeapSnapshot(
			join(tmpdir(), `happyhorse-soak-${process.pid}.heapsnapshot`),
		);
		const { size } = statSync(file);
		rmSync(file);
		return size;
	};

	createServer(({ url }, response) => {
		const snapshotBytes = url === '/snapshot' ? snapshotSize() : undefined;
		response.end(JSON.stringify({ ...report(), snapshotBytes }));
	})
		.listen(Number(process.env.SOAK_PORT), '127.0.0.1')
		.unref();
}
