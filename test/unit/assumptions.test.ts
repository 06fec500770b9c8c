import fc from 'fast-check';

import { parseCallback } from '../../nodes/HappyHorse/contract/callback';
import {
	creditsToUsd,
	estimateCredits,
	worstCaseCredits,
} from '../../nodes/HappyHorse/contract/cost';
import { DASHBOARD } from '../../nodes/HappyHorse/contract/dashboard';
import { statusIn, wordsIn } from '../../nodes/HappyHorse/contract/refusal';
import {
	clipOf,
	createdSchema,
	creditsSchema,
	isOver,
	taskSchema,
	videoUrlsOf,
} from '../../nodes/HappyHorse/contract/responses';
import { simplify } from '../../nodes/HappyHorse/execution/deliver';

const task = (fields: object) => taskSchema.parse({ id: 'a', status: 'completed', ...fields });

test.each([
	['a task is not wrapped', { id: 'a', status: 'completed' }],
	['or it is', { code: 200, msg: 'success', data: { id: 'a', status: 'completed' } }],
	['with a code as text', { code: '200', data: { id: 'a', status: 'completed' } }],
	['or with none', { data: { id: 'a', status: 'completed' } }],
])('%s', (_name, answer) => {
	expect(taskSchema.parse(answer)).toMatchObject({ id: 'a', status: 'completed' });
});

describe('a code other than 200', () => {
	const refused = { code: 402, msg: 'no credits left' };

	test('is no success, whatever stands beside it', () => {
		expect([statusIn(refused), wordsIn(refused)]).toEqual([402, 'no credits left']);
		const codes = [200, 399, 400, '599', 600];
		expect(codes.map((code) => statusIn({ code }))).toEqual([
			...[undefined, undefined, 400, 599, undefined],
		]);
		const task = { ...refused, data: { id: 'a', status: 'completed' } };
		expect(taskSchema.safeParse(task).success).toBe(false);
		expect(creditsSchema.safeParse({ ...refused, data: { balance: 1 } }).success).toBe(false);
	});

	test('does not lose a task that it names, which may be paid for', () => {
		expect(createdSchema.parse({ ...refused, data: { taskId: 'a' } })).toBe('a');
	});
});

describe('the balance', () => {
	const read = (data: object) => creditsSchema.safeParse({ code: 200, msg: 'success', data }).data;

	test.each([
		[{ balance: 12.5 }],
		[{ balance: '12.5' }],
		[{ credits: 12.5 }],
		[{ credits: '12.5' }],
		[{ balance: 12.5, credits: 99 }],
		[{ balance: null, credits: 12.5 }],
	])('%j is 12.5 credits', (data) => {
		expect(read(data)).toEqual({ credits: 12.5 });
	});

	test.each([[{}], [{ balance: 'much' }], [{ total_purchased: 5 }], [{ balance: null }]])(
		'%j tells none',
		(data) => {
			expect(read(data)).toBeUndefined();
		},
	);

	test('may say what was bought and spent, and may not', () => {
		expect(read({ balance: 1, total_purchased: '5', total_consumed: 4 })).toEqual({
			credits: 1,
			totalPurchased: 5,
			totalConsumed: 4,
		});
		expect(read({ balance: 1, total_purchased: 'a lot' })).toEqual({ credits: 1 });
	});
});

describe('what was made', () => {
	const clip = (metadata: unknown) => clipOf(task({ output: { urls: [], metadata } }));

	test.each([
		[{ usage: { video_count: 1, video_duration: 5, video_ratio: '16:9' } }],
		[{ seed: 1, ratio: '16:9', duration: 5, resolution: '720p', framespersecond: 24 }],
		[{ ratio: '16:9', duration: '5' }],
	])('is told by %j', (metadata) => {
		expect(clip(metadata)).toEqual({ duration: 5, aspectRatio: '16:9' });
	});

	test.each([[undefined], [null], [[]], [{ usage: null }], [{ duration: 'long' }]])(
		'is not told by %j, and the video comes out all the same',
		(metadata) => {
			expect(clip(metadata)).toEqual({ duration: undefined, aspectRatio: undefined });
			const urls = ['https://a.example/1.mp4'];
			expect(videoUrlsOf(task({ output: { urls, metadata } }))).toEqual(urls);
		},
	);
});

describe('a callback', () => {
	const body = { id: 'a', status: 'completed' };

	test.each([
		['all its headers', { 'x-event': 'task.completed', 'x-task-id': 'a', 'x-timestamp': '1' }],
		['no X-Event', { 'x-task-id': 'a' }],
		['an X-Event of another kind', { 'x-event': 'video.ready', 'x-task-id': 'a' }],
		['an X-Timestamp that is none', { 'x-timestamp': 'yesterday' }],
		['no headers of its own', {}],
	])('with %s is read', (_name, headers) => {
		expect(parseCallback(headers, body)).toMatchObject({ taskId: 'a', claim: 'completed' });
	});
});

test.each([[undefined], [null], [' '], [[]], [{}], [{ code: null, message: [] }]])(
	'a failed task with the reason %j has failed, and no reason is made up',
	(error) => {
		const json = simplify(task({ status: 'failed', error }));
		expect(json).toMatchObject({ status: 'failed', error: { code: 'unknown' } });
		expect(json.error).toMatchObject({ message: 'HappyHorse gave no reason' });
	},
);

test('a URL is said to work for 24 hours where it is known when the task was completed', () => {
	const done = { completed_at: 1774790589, output: { urls: ['https://a.example/1.mp4'] } };
	expect(simplify(task(done)).expiresAt).toBe('2026-03-30T13:23:09.000Z');
	expect(simplify(task({ ...done, completed_at: undefined }))).not.toHaveProperty('expiresAt');
});

describe('prices', () => {
	const cheapest = { mode: 'textToVideo', resolution: '720p', duration: 3 } as const;

	test('are the contract’s', () => {
		expect(estimateCredits(cheapest)).toBe(82.5);
		expect(creditsToUsd(82.5)).toBe(0.4125);
	});

	test('are what the user says where the service has changed them', () => {
		expect(estimateCredits({ ...cheapest, rate: 30 })).toBe(90);
		expect(worstCaseCredits({ ...cheapest, rate: 30 })).toBe(90);
	});
});

test('the dashboard’s pages are those of the contract', () => {
	expect(Object.values(DASHBOARD)).toEqual([
		'https://aivideoapi.ai/dashboard/api-keys',
		'https://aivideoapi.ai/dashboard/billing',
	]);
});

describe('the word for a task’s state', () => {
	test.each(['completed', 'COMPLETED', ' Completed ', 'succeeded', 'Success', 'successful'])(
		'%s: it is done',
		(status) => {
			expect(task({ status })).toMatchObject({ status: 'completed' });
			expect(parseCallback({}, { id: 'a', status })?.claim).toBe('completed');
		},
	);

	test.each([
		'failed',
		'FAILED',
		'failure',
		'error',
		'cancelled',
		'canceled',
		'Expired',
		'rejected',
	])('%s: there will be no video, and the word is the reason where there is none', (status) => {
		const read = task({ status });
		expect(read.status).toBe('failed');
		expect(isOver(read)).toBe(true);
		if (!/^fail/i.test(status))
			expect(read.error).toEqual({
				code: status.toLowerCase(),
				message: expect.stringContaining(status),
			});
		const error = { code: 'x', message: 'y' };
		expect(task({ status, error }).error).toEqual(error);
		expect(parseCallback({}, { id: 'a', status })?.claim).toBe('failed');
	});

	test.each(['pending', 'processing', 'queued', 'PENDING', 'almost_completed', 'constructor'])(
		'%s: it is under way, and told as it is',
		(status) => {
			const read = task({ status });
			expect(read.status).toBe(status);
			expect(isOver(read)).toBe(false);
		},
	);

	test('it is not told at a book’s length', () => {
		expect(task({ status: 'x'.repeat(5_000) }).status.length).toBeLessThan(200);
	});
});

describe('times are seconds, whatever they are given in', () => {
	test.each([
		['seconds', 1774706165],
		['milliseconds', 1774706165000],
		['microseconds', 1774706165000000],
		['text', '1774706165'],
		['milliseconds as text', '1774706165000'],
		['a date', '2026-03-28T13:56:05Z'],
	])('%s', (_name, time) => {
		expect(task({ created_at: time, completed_at: time })).toMatchObject({
			created_at: 1774706165,
			completed_at: 1774706165,
		});
	});

	test.each([[-1], [0], ['soon'], [''], [null], [{}], [Infinity]])('%j is none', (time) => {
		expect(task({ completed_at: time }).completed_at).toBeUndefined();
		expect(task({ created_at: time }).created_at).toBeUndefined();
	});

	test('none is out of this world', () => {
		fc.assert(
			fc.property(fc.oneof(fc.double(), fc.integer(), fc.string(), fc.anything()), (time) => {
				const { created_at: seconds } = task({ created_at: time });
				if (seconds === undefined) return;
				expect(new Date(seconds * 1_000).getUTCFullYear()).toBeLessThan(10_000);
			}),
		);
	});
});

test('numbers may come as text', () => {
	const usage = { video_duration: '5', video_ratio: '16:9' };
	const { output } = task({ output: { urls: [], metadata: { usage } } });
	expect(output?.metadata?.usage?.video_duration).toBe(5);
});

test.each([
	['a list', ['https://a.example/1.mp4', 'https://a.example/2.mp4']],
	['one as text', 'https://a.example/1.mp4'],
])('URLs may be %s', (_name, urls) => {
	expect(videoUrlsOf(task({ output: { urls } }))).toEqual([urls].flat());
});
