import { simplify } from '../../nodes/HappyHorse/run/deliver';
import { parseCallback } from '../../nodes/HappyHorse/schema/callback';
import { modeOf } from '../../nodes/HappyHorse/schema/modes';
import {
	complaintSchema,
	createdSchema,
	creditsSchema,
	taskSchema,
} from '../../nodes/HappyHorse/schema/responses';

describe('the balance', () => {
	const read = (answer: unknown) => creditsSchema.safeParse(answer);

	test.each<[string, object, object]>([
		[
			'as documented',
			{ balance: 1234.5, total_purchased: 2000, total_consumed: 765.5 },
			{ credits: 1234.5, totalPurchased: 2000, totalConsumed: 765.5 },
		],
		['as a public client reads it', { credits: 12 }, { credits: 12 }],
		[
			'as text',
			{ balance: '1234.50', total_purchased: '2000' },
			{ credits: 1234.5, totalPurchased: 2000 },
		],
		['both: the documented one counts', { balance: 1, credits: 2 }, { credits: 1 }],
		['none left', { balance: 0, credits: 7 }, { credits: 0 }],
		['overdrawn', { balance: '-3' }, { credits: -3 }],
		[
			'beside what is of no use',
			{ balance: null, credits: '5', total_consumed: {} },
			{ credits: 5 },
		],
	])('%s', (_name, data, balance) => {
		expect(read({ code: 200, msg: 'success', data })).toMatchObject({ success: true });
		expect(read({ code: 200, msg: 'success', data }).data).toStrictEqual(balance);
		expect(read({ data }).data).toStrictEqual(balance);
	});

	test.each([
		['nothing', {}],
		['an empty text', { balance: '' }],
		['words', { balance: 'many', credits: true }],
		['a grouped number', { balance: '1,234' }],
	])('is never made up from %s', (_name, data) => {
		expect(read({ code: 200, data }).success).toBe(false);
	});
});

describe('an envelope that tells of no success under a status of 200', () => {
	const msg = 'The account is suspended';

	test.each([401, '500', 0, null, 'error'])('code %p', (code) => {
		expect(creditsSchema.safeParse({ code, msg, data: { balance: 5 } }).success).toBe(false);
		expect(complaintSchema.safeParse({ code, msg }).data?.msg).toBe(msg);
	});

	test.each([200, '200', undefined])('but %p does', (code) => {
		expect(creditsSchema.safeParse({ code, msg, data: { balance: 5 } }).success).toBe(true);
		expect(complaintSchema.safeParse({ code, msg }).success).toBe(false);
	});

	test('a task that it names all the same is not forgotten: it may be paid for', () => {
		expect(createdSchema.parse({ code: 500, msg, data: { taskId: 't1' } })).toBe('t1');
	});
});

const task = { id: 't1', status: 'completed', model: 'happyhorse-1.0-text-to-video' };

describe('a task', () => {
	test('is the same wrapped in data', () => {
		expect(taskSchema.parse({ code: 200, msg: 'success', data: task })).toEqual(task);
		expect(taskSchema.parse(task)).toEqual(task);
	});

	test('is none in an envelope that tells of no success', () => {
		expect(taskSchema.safeParse({ code: 500, msg: 'no', data: task }).success).toBe(false);
	});

	test.each<[string, object, object]>([
		[
			'usage',
			{ usage: { video_count: 1, video_duration: 5, video_ratio: '16:9' } },
			{ duration: 5, aspectRatio: '16:9' },
		],
		[
			'the other form',
			{ seed: 7, ratio: '9:16', duration: 4, resolution: '720p', framespersecond: 24 },
			{ duration: 4, aspectRatio: '9:16' },
		],
		['text for numbers', { duration: '4' }, { duration: 4 }],
		[
			'both: usage counts',
			{ usage: { video_duration: 5 }, duration: 6, ratio: '1:1' },
			{ duration: 5, aspectRatio: '1:1' },
		],
		['neither', { seed: 7 }, {}],
		['other types', { usage: [], duration: {}, ratio: 5 }, {}],
	])('tells its length and shape: %s', (_name, metadata, expected) => {
		const { duration, aspectRatio } = simplify(taskSchema.parse({ ...task, output: { metadata } }));
		expect({ duration, aspectRatio }).toEqual(expected);
	});

	test('that failed without a reason says so', () => {
		const failed = { ...task, status: 'failed' };
		const expected = { code: 'unknown', message: 'HappyHorse gave no reason' };
		expect(simplify(taskSchema.parse(failed)).error).toEqual(expected);
		expect(simplify(taskSchema.parse({ ...failed, error: 'x' })).error).toEqual(expected);
	});

	test('has a mode by the end of its model’s name, of the next version too', () => {
		expect(modeOf('happyhorse-1.1-reference-to-video')).toBe('referenceToVideo');
		expect(modeOf('happyhorse-2-video-edit')).toBe('editVideo');
		expect(modeOf('happyhorse-1.0-text-to-video-turbo')).toBeUndefined();
		expect(modeOf('text-to-video')).toBeUndefined();
		expect(modeOf(undefined)).toBeUndefined();
	});
});

test('a callback needs none of the headers that are not documented', () => {
	expect(parseCallback({}, task)).toEqual({
		taskId: 't1',
		claim: 'completed',
		mode: 'textToVideo',
	});
	expect(parseCallback({ 'x-task-id': 't1' }, task)?.claim).toBe('completed');
});
