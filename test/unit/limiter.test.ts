import { StopSwitch } from '../../nodes/HappyHorse/service/stop';
import { Limiter, LimiterGroup } from '../../nodes/HappyHorse/service/limiter';

/** Work that is under way until it is ended, and the most of it that was under way at once. */
class Works {
	readonly order: string[] = [];

	most = 0;

	private readonly ends: Array<() => void> = [];

	readonly begin = async (name: string): Promise<void> => {
		this.order.push(name);
		await new Promise<void>((end) => {
			this.ends.push(end);
			this.most = Math.max(this.most, this.ends.length);
		});
	};

	/** Ends what is under way, one after another, until nothing comes after it. */
	async endAll(): Promise<void> {
		for (let end = this.ends.shift(); end; end = this.ends.shift()) {
			end();
			// the place is handed on in a few turns
			for (let turn = 0; turn < 10; turn++) await Promise.resolve();
		}
	}
}

const start = (limiter: Limiter, works: Works, count: number, name: string) =>
	Array.from({ length: count }, async (_, index) =>
		limiter.run(async () => await works.begin(`${name}${index}`)),
	);

test('each has part of the places, and all together no more than there are', async () => {
	const group = new LimiterGroup({ each: 5, all: 12 });
	const one = new Works();
	const alone = start(group.of('a'), one, 50, 'a');
	await Promise.resolve();
	expect(one.order).toHaveLength(5);
	await one.endAll();
	await Promise.all(alone);
	expect(one.most).toBe(5);

	const all = new Works();
	const many = ['a', 'b', 'c', 'd', 'e'].flatMap((key) => start(group.of(key), all, 50, key));
	await all.endAll();
	await Promise.all(many);
	expect(all.most).toBe(12);
	expect(all.order).toHaveLength(250);
});

test('who besieges with one key keeps nobody waiting behind another', async () => {
	const group = new LimiterGroup({ each: 5, all: 12 });
	const works = new Works();
	const running = [
		...start(group.of('a'), works, 500, 'a'),
		...start(group.of('b'), works, 1, 'b'),
	];
	await Promise.resolve();
	expect(works.order).toContain('b0');
	await works.endAll();
	await Promise.all(running);
});

test('who came last is next, among those with the same key', async () => {
	const group = new LimiterGroup({ each: 1, all: 12 });
	const works = new Works();
	const running = start(group.of('a'), works, 4, 'a');
	await works.endAll();
	await Promise.all(running);
	expect(works.order).toEqual(['a0', 'a3', 'a2', 'a1']);
});

test('in one run who came first is first', async () => {
	const works = new Works();
	const running = start(new Limiter(1), works, 4, 'a');
	await works.endAll();
	await Promise.all(running);
	expect(works.order).toEqual(['a0', 'a1', 'a2', 'a3']);
});

test('a limiter that has nothing to remember is let go, one that holds back is not', () => {
	const group = new LimiterGroup({ each: 1, all: 2 });
	const holding = group.of('holding');
	holding.hold('a', 60_000);
	const idle = group.of('idle');
	expect(group.of('idle')).toBe(idle);
	group.of('another');
	expect(group.of('idle')).not.toBe(idle);
	expect(group.of('holding')).toBe(holding);
});

test('a shorter pause does not shorten a longer one', () => {
	const limiter = new Limiter(1);
	limiter.hold('a', 60_000);
	limiter.hold('a', 1_000);
	expect(limiter.heldForMs('a')).toBeGreaterThan(59_000);
});

test('a jump of the wall clock does not change for how long a limiter holds requests back', () => {
	const limiter = new Limiter(1);
	limiter.hold('a', 60_000);
	jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
	expect(limiter.heldForMs('a')).toBeGreaterThan(59_000);
	jest.spyOn(Date, 'now').mockReturnValue(0);
	expect(limiter.heldForMs('a')).toBeLessThanOrEqual(60_000);
	jest.restoreAllMocks();
});

const settled = async (running: Array<Promise<void>>) =>
	(await Promise.allSettled(running)).map((result) =>
		result.status === 'rejected' ? String(result.reason.message) : 'done',
	);

test('a caller that is given up leaves the queue at once, and the next one gets its place', async () => {
	const group = new LimiterGroup({ each: 2, all: 1 });
	const limiter = group.of('a');
	const works = new Works();
	const stop = new StopSwitch();
	// two have places of the key, one of them waits for a place among all
	const patient = start(limiter, works, 1, 'first');
	const givenUp = Array.from({ length: 500 }, async (_, index) =>
		limiter.run(async () => await works.begin(`late${index}`), stop),
	);
	await Promise.resolve();
	expect(limiter.queued).toBe(499);
	stop.stop(new Error('too late'));
	expect(limiter.queued).toBe(0);
	const next = start(limiter, works, 1, 'next');
	await works.endAll();
	expect(await settled(givenUp)).toEqual(givenUp.map(() => 'too late'));
	await Promise.all([...patient, ...next]);
	expect(works.order).toEqual(['first0', 'next0']);
	expect(limiter.isIdle).toBe(true);
});

test('a caller that is given up as it gets its place gives that back', async () => {
	const limiter = new Limiter(1);
	const works = new Works();
	const stop = new StopSwitch();
	const first = start(limiter, works, 1, 'first');
	const second = limiter.run(async () => stop.throwIfStopped(), stop);
	await Promise.resolve();
	const ending = works.endAll();
	stop.stop(new Error('too late'));
	await ending;
	expect(await settled([...first, second])).toEqual(['done', 'too late']);
	await limiter.run(async () => {});
	expect(limiter.isIdle).toBe(true);
});

test('a full queue turns away whoever would be served last', async () => {
	const works = new Works();
	const newestFirst = new LimiterGroup({ each: 1, all: 9, queued: 2 }).of('a');
	const some = start(newestFirst, works, 5, 'a');
	const firstCome = start(new Limiter(1, { maxQueued: 2 }), works, 5, 'b');
	await works.endAll();
	const full = 'Too many requests are waiting for HappyHorse';
	expect(await settled(some)).toEqual(['done', full, full, 'done', 'done']);
	expect(await settled(firstCome)).toEqual(['done', 'done', 'done', full, full]);
	expect(newestFirst.isIdle).toBe(true);
});
