import type { StreamBytes } from '../media/bytes';
import type { Piece, Span } from './layout';
import type { Source } from './source';
import { asBrokenLink, MOST_SPLICED } from './splice';

/** Yields a head and the pieces of each clip behind it; each file is read once, from its beginning. */
export async function* write(head: Uint8Array, clips: Piece[][]): AsyncGenerator<Uint8Array> {
	yield head;
	for (const pieces of clips) {
		const open = new Map<Source, StreamBytes>();
		try {
			for (const piece of pieces)
				if (piece instanceof Uint8Array) yield piece;
				else yield* copy(await opened(open, piece.source), piece);
		} finally {
			for (const bytes of open.values()) await bytes.close();
		}
	}
}

async function opened(open: Map<Source, StreamBytes>, source: Source): Promise<StreamBytes> {
	const bytes = open.get(source) ?? (await source.open());
	open.set(source, bytes);
	return bytes;
}

async function* copy(bytes: StreamBytes, span: Span): AsyncGenerator<Uint8Array> {
	const { source, from, to, splice } = span;
	let at = from;
	if (splice !== undefined && to - from <= MOST_SPLICED) {
		const frame = await bytes.at(from, to - from);
		if (!frame) throw source.cutOff();
		yield asBrokenLink(frame, splice);
		return;
	}
	for await (const piece of bytes.range(from, to)) {
		at += piece.length;
		yield piece;
	}
	// a film that lacks something must not look finished
	if (at < to) throw source.cutOff();
}
