import fc from 'fast-check';

import { parseCallback } from '../../nodes/HappyHorse/schema/callback';
import { isOver, taskSchema, videoUrlsOf } from '../../nodes/HappyHorse/schema/responses';

const task = (fields: object) => taskSchema.parse({ id: 'a', status: 'completed', ...fields });

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
