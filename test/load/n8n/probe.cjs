// Loaded into n8n. `GET /now` tells how it does; `GET /alive` collects garbage and counts what is left.
const { rmSync, statSync } = require('node:fs');
const { createServer } = require('node:http');
const Module = require('node:module');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const v8 = require('node:v8');
const { runInNewContext } = require('node:vm');

// not in n8n's task runners, which inherit the setting
if (process.argv.includes('start')) {
	v8.setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc');
	const delay = monitorEventLoopDelay({ resolution: 10 });
	delay.enable();

	/** Classes whose objects belong to one run or one callback. To count those of one takes seconds. */
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

	const now = () => {
		const { rss, heapUsed } = process.memoryUsage();
		const sockets = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap');
		const longest = delay.max / 1e6;
		delay.reset();
		return {
			'memory (MB)': rss / 2 ** 20,
			'heap (MB)': heapUsed / 2 ** 20,
			'event-loop delay (ms)': longest,
			'open sockets': sockets.length,
		};
	};

	const count = (type) => v8.queryObjects(type, { format: 'count' });

	const snapshotSize = () => {
		const file = join(tmpdir(), `happyhorse-${process.pid}.heapsnapshot`);
		v8.writeHeapSnapshot(file);
		const { size } = statSync(file);
		rmSync(file);
		return size;
	};

	const alive = () => {
		const snapshotBytes = snapshotSize();
		collect();
		return {
			heapBytes: v8.getHeapStatistics().used_heap_size,
			snapshotBytes,
			maps: Object.fromEntries(maps.map(([name, { size }]) => [name, size])),
			objects: Object.fromEntries(classes.map(([name, type]) => [name, count(type)])),
			signals: count(AbortSignal),
		};
	};

	createServer(({ url }, response) => {
		response.end(JSON.stringify(url === '/alive' ? alive() : now()));
	})
		.listen(Number(process.env.PROBE_PORT), '127.0.0.1')
		.unref();
}
