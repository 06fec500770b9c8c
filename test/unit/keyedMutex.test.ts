import { sleep } from 'n8n-workflow';

import { KeyedMutex } from '../../nodes/HappyHorse/callbacks/keyedMutex';

/** Notes who has a turn. */
function queue() {
	const turns = new KeyedMutex();
	const order: string[] = [];
	const take = async (name: string, key = 'a') => {
		const end = await turns.acquire(key);
		order.push(name);
		return end;
	};
	const kept = () => (Reflect.get(turns, 'ends') as Map<string, unknown>).size;
	return { order, take, kept };
}

test('turns of the same key come one after another, in the order in which they were asked for; another key does not wait', async () => {
	const { order, take } = queue();
	const end = await take('first');
	const [second, third] = [take('second'), take('third')];
	// whose own turn comes at once
	await take('other', 'b');
	expect(order).toEqual(['first', 'other']);
	end();
	(await second)();
	await third;
	expect(order).toEqual(['first', 'other', 'second', 'third']);
});

test('a turn that nobody ends does not keep the others waiting for ever', async () => {
	const { order, take } = queue();
	await take('first');
	await take('second');
	expect(order).toEqual(['first', 'second']);
});

test('a key whose turns are over is not kept', async () => {
	const { take, kept } = queue();
	const ends = [await take('first'), await take('other', 'b')];
	expect(kept()).toBe(2);
	ends.forEach((end) => end());
	await sleep(0);
	expect(kept()).toBe(0);
});
