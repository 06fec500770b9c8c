import {
	complaintSchema,
	createdSchema,
	creditsSchema,
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
