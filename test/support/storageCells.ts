/** Where n8n keeps files, by the values of N8N_DEFAULT_BINARY_DATA_MODE. */
export const STORAGES = ['filesystem', 'database', 'default'] as const;
/** The workflow setting `binaryMode`: files beside an item's JSON, or in it. */
const BINARY_MODES = ['separate', 'combined'] as const;
/** How a task's end is heard of. */
const WAYS = ['polled', 'parked', 'trigger'] as const;
/** Where files go. */
const DIRECTIONS = ['in', 'out', 'again'] as const;

export type Storage = (typeof STORAGES)[number];

/** One of the ways in which files and n8n's settings meet. */
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

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** As many cells of each storage as are wanted, picked by the seed. */
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
