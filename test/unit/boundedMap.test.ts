import { BoundedMap } from '../../nodes/HappyHorse/common/boundedMap';

afterEach(() => jest.restoreAllMocks());

test('the oldest entry gives way; setting a key again makes it the newest', () => {
	const map = new BoundedMap<number>(2);
	map.set('a', 1);
	map.set('b', 2);
	map.set('a', 3);
	map.set('c', 4);
	expect(map.values()).toEqual([3, 4]);
	expect(map.has('b')).toBe(false);
	expect(map.get('a')).toBe(3);
});

test('an entry is gone after its lifetime, whatever the wall clock says', () => {
	const now = jest.spyOn(performance, 'now').mockReturnValue(1_000);
	const map = new BoundedMap<number>(10, 60_000);
	map.set('a', 1);
	jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
	now.mockReturnValue(60_999);
	expect(map.get('a')).toBe(1);
	now.mockReturnValue(61_000);
	expect(map.get('a')).toBeUndefined();
	expect(map.has('a')).toBe(false);
	expect(map.values()).toEqual([]);
});

test('undefined is a value, and a deleted key is gone', () => {
	const map = new BoundedMap<number | undefined>(10);
	map.set('a', undefined);
	expect(map.has('a')).toBe(true);
	map.delete('a');
	expect(map.has('a')).toBe(false);
});
