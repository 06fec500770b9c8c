/** Values of N8N_DEFAULT_BINARY_DATA_MODE. */
export const STORAGES = ['filesystem', 'database', 'default'] as const;
/** Values of the workflow setting `binaryMode`: files beside an item's JSON, or in it. */
const BINARY_MODES = ['separate', 'combined'] as const;
/** Ways to learn of a task's end. */
const WAYS = ['polled', 'parked', 'trigger'] as const;
/** Directions of a file: into the node, out of it, or out and in again. */
const DIRECTIONS = ['in', 'out', 'again'] as const;

export type Storage = (typeof STORAGES)[number];

/** Combination of file handling and n8n's settings. */
export interface Cell {
	storage: Storage;
	binaryMode: (typeof BINARY_MODES)[number];
	way: (typeof WAYS)[number];
	direction: (typeof DIRECTIONS)[number];
}

export const nameOf = ({ storage, binaryMode, way, direction }: Cell) =>
	`${storage}, ${binaryMode}, ${way}, ${direction}`;

export const CELLS: Cell[] = STORAGES.flatMap((storage) =>
	BINARY_MODES.flatMap((binaryMode) =>
		WAYS.flatMap((way) => DIRECTIONS.map((direction) => ({ storage, binaryMode, way, direction }))),
	),
);

/** Seeded random numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Picks a number of cells per storage by a seed. */
export function sampleOf(seed: number, ofEach: number): Cell[] {
	const random = randomFrom(seed);
	return STORAGES.flatMap((storage) =>
		CELLS.filter((cell) => cell.storage === storage)
			.map((cell) => ({ cell, rank: random() }))
			.sort((a, b) => a.rank - b.rank)
			.slice(0, ofEach)
			.map(({ cell }) => cell),
	);
}
