import { parseCallback } from '../../nodes/HappyHorse/contract/callback';

const MODEL = 'happyhorse-1.0-image-to-video';

test('a callback as the contract has it', () => {
	const headers = {
		'content-type': 'application/json',
		'x-event': 'task.completed',
		'x-task-id': 'a',
		'x-timestamp': '1774790589',
	};
	const body = { id: 'a', status: 'completed', model: MODEL, created_at: 1, output: { urls: [] } };
	expect(parseCallback(headers, body)).toEqual({
		taskId: 'a',
		claim: 'completed',
		mode: 'imageToVideo',
	});
});

test.each([
	['nothing but the id', {}, { id: 'a' }, { taskId: 'a' }],
	[
		'how it ended in the header alone',
		{ 'x-event': 'task.failed' },
		{ id: 'a' },
		{ claim: 'failed' },
	],
	['how it ended in the body alone', {}, { id: 'a', status: 'failed' }, { claim: 'failed' }],
	[
		'an event of another name',
		{ 'x-event': 'task.done' },
		{ id: 'a', status: 'failed' },
		{ claim: 'failed' },
	],
	['a state that is none of an end', {}, { id: 'a', status: 'processing' }, { claim: undefined }],
	['a model of the future', {}, { id: 'a', model: 'happyhorse-2.0' }, { mode: undefined }],
	['fields of other types', {}, { id: 'a', status: 7, model: [] }, { taskId: 'a' }],
	[
		'an envelope, as answers may have',
		{ 'x-task-id': 'a' },
		{ code: 200, data: { id: 'a', status: 'failed' } },
		{ taskId: 'a', claim: 'failed' },
	],
	['a long id', {}, { id: 'a'.repeat(500) }, { taskId: 'a'.repeat(500) }],
	['any time', { 'x-timestamp': '99999999999999' }, { id: 'a' }, { taskId: 'a' }],
])('may have %s', (_name, headers, body, expected) => {
	expect(parseCallback(headers, body)).toMatchObject(expected);
});

test.each([
	['no body', {}, undefined],
	['a list', {}, ['a']],
	['text', {}, 'a'],
	['no id', {}, { status: 'completed' }],
	['an empty id', {}, { id: '  ' }],
	['an id of dots, which lead elsewhere', {}, { id: '..' }],
	['an id that is a number', {}, { id: 1 }],
	['an id of a book’s length', {}, { id: 'a'.repeat(2_001) }],
	['another id in the header', { 'x-task-id': 'b' }, { id: 'a' }],
	['another end in the header', { 'x-event': 'task.failed' }, { id: 'a', status: 'completed' }],
])('is none with %s', (_name, headers, body) => {
	expect(parseCallback(headers, body)).toBeUndefined();
});
