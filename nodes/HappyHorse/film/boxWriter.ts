/** Content of a box: bytes, and numbers that are bytes. */
export type Content = Uint8Array | number[];

export function joined(parts: Content[]): Uint8Array {
	const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

export const text = (letters: string) => Uint8Array.from(letters, (letter) => letter.charCodeAt(0));

export const u16 = (number: number) => [(number >>> 8) & 0xff, number & 0xff];

export const u32 = (number: number) => [...u16(number / 0x1_0000), ...u16(number)];

export const u64 = (number: number) => [
	...u32(Math.floor(number / 2 ** 32)),
	...u32(number % 2 ** 32),
];

export const box = (type: string, ...parts: Content[]): Uint8Array => {
	const size = parts.reduce((sum, { length }) => sum + length, 8);
	return joined([u32(size), text(type), ...parts]);
};

/** A box that states its version, and flags in three bytes. */
export const fullBox = (type: string, version: number, flags: number, ...parts: Content[]) =>
	box(type, [version, ...u32(flags).slice(1)], ...parts);

/** A table: how many rows it has, and their numbers. */
export function table(numbers: number[], columns: number, head: number[] = []): Content[] {
	const rows = new Uint8Array(numbers.length * 4);
	const data = new DataView(rows.buffer);
	numbers.forEach((number, at) => data.setUint32(at * 4, number));
	return [head, u32(numbers.length / columns), rows];
}
