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
			for (const piece of pieces) {
				if (piece instanceof Uint8Array) {
					yield piece;
					continue;
				}
				const bytes = open.get(piece.source) ?? (await piece.source.open());
				open.set(piece.source, bytes);
				for (let at = piece.from; at < piece.to; ) {
					const copied = await read(bytes, piece, at);
					// a film that lacks something must not look finished
					if (!copied) throw piece.source.cutOff();
					at += copied.length;
					yield copied;
				}
			}
		} finally {
			for (const bytes of open.values()) await bytes.close();
		}
	}
}

/** Bytes of a span as they come, or all at once if they have to be changed. */
async function read(
	bytes: StreamBytes,
	{ from, to, splice }: Span,
	at: number,
): Promise<Uint8Array | undefined> {
	if (splice === undefined || to - from > MOST_SPLICED) return await bytes.piece(at, to);
	const frame = await bytes.at(from, to - from);
	return frame && asBrokenLink(frame, splice);
}
