import { textIn } from './bytes';

/** Bytes needed to recognize a format; no image or clip is shorter. */
export const HEAD = 30;

const startsWith = (text: string) => (head: Uint8Array) => textIn(head, 0, text.length) === text;

/** Matches the brand in the first box of MP4 and its relatives. */
const brand = (pattern: RegExp) => (head: Uint8Array) =>
	textIn(head, 4) === 'ftyp' && pattern.test(textIn(head, 8));

const riff = (kind: string) => (head: Uint8Array) =>
	textIn(head, 0) === 'RIFF' && textIn(head, 8) === kind;

/** Matches a MOV from before brands existed. */
const isOldMov = (head: Uint8Array) =>
	['moov', 'mdat', 'wide', 'free', 'skip', 'pnot'].includes(textIn(head, 4));

/** Matches text after an optional byte order mark and blanks. */
const beginsWith = (pattern: RegExp) => {
	const start = new RegExp(`^(\xef\xbb\xbf)?\\s*${pattern.source}`, 'i');
	return (head: Uint8Array) => start.test(textIn(head, 0, HEAD));
};

/** Formats by their first bytes; those that the service rejects have a name for messages. */
const SIGNATURES: Array<[string, (head: Uint8Array) => boolean]> = [
	['JPEG', startsWith('\xff\xd8\xff')],
	['PNG', startsWith('\x89PNG\r\n\x1a\n')],
	['WEBP', riff('WEBP')],
	['GIF', startsWith('GIF8')],
	['BMP', startsWith('BM')],
	['TIFF or camera raw', (head) => ['II*\0', 'MM\0*'].includes(textIn(head, 0))],
	['camera raw', (head) => ['IIU\0', 'IIRO', 'IIRS', 'MMOR', 'FUJI'].includes(textIn(head, 0))],
	['camera raw', brand(/^crx /)],
	['AVIF', brand(/^avi[fos]/)],
	['HEIC', brand(/^(hei[cmsx]|hev[cmsx]|mi[af]\d|mif\d|msf\d)/)],
	['JPEG XL', startsWith('\xff\x0a')],
	['JPEG XL', startsWith('\0\0\0\x0cJXL \r\n\x87\n')],
	['JPEG 2000', startsWith('\0\0\0\x0cjP  \r\n\x87\n')],
	['Photoshop', startsWith('8BPS')],
	['M4A (audio only)', brand(/^M4[ABP] /)],
	['3GP', brand(/^3g/)],
	['MOV', brand(/^qt {2}/)],
	['MP4', brand(/./s)],
	['MOV', isOldMov],
	['WEBM or MKV', startsWith('\x1aE\xdf\xa3')],
	['AVI', riff('AVI ')],
	['WAV (audio only)', riff('WAVE')],
	['MP3 (audio only)', startsWith('ID3')],
	['MP3 (audio only)', (head) => head[0] === 0xff && (head[1] & 0xe6) === 0xe2],
	['OGG', startsWith('OggS')],
	['FLAC (audio only)', startsWith('fLaC')],
	['FLV', startsWith('FLV')],
	['MPEG', (head) => ['\0\0\x01\xba', '\0\0\x01\xb3'].includes(textIn(head, 0))],
	['PDF', startsWith('%PDF')],
	['a ZIP archive or an Office document', startsWith('PK\x03\x04')],
	['SVG or XML', beginsWith(/<(\?xml|svg)/)],
	['a web page', beginsWith(/<(!doc|!--|html|head|body|script)/)],
	['JSON', beginsWith(/[[{]\s*["{\]}]/)],
];

/** Recognizes a format by a file's first bytes; `unknown` for all others. */
export const formatOf = (head: Uint8Array): string =>
	SIGNATURES.find(([, matches]) => matches(head))?.[0] ?? 'unknown';

/** Types under which files of these formats are served. */
export const MIME_TYPES: Record<string, string> = {
	JPEG: 'image/jpeg',
	PNG: 'image/png',
	WEBP: 'image/webp',
	MP4: 'video/mp4',
	MOV: 'video/quicktime',
	'3GP': 'video/3gpp',
};
