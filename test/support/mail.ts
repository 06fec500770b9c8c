/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a mail server for a developer's machine */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

interface Part {
	type: string;
	fileName?: string;
	content: Buffer;
}

/** Email that has arrived. */
export interface Mail {
	to: string;
	subject: string;
	/** Its text, then the attached files. */
	parts: Part[];
}

export interface MailServer {
	/** Data of n8n's SMTP credential. */
	credential: object;
	mails: Mail[];
	close(): Promise<void>;
}

const headerOf = (head: string, name: string) =>
	new RegExp(`^${name}:\\s*(.+(?:\\r\\n[ \\t].+)*)`, 'im')
		.exec(head)?.[1]
		.replace(/\r\n[ \t]/g, '');

function decode(body: string, encoding = ''): Buffer {
	if (encoding === 'base64') return Buffer.from(body, 'base64');
	if (encoding !== 'quoted-printable') return Buffer.from(body);
	const unfolded = body.replace(/=\r\n/g, '');
	const bytes = unfolded.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
		String.fromCharCode(parseInt(hex, 16)),
	);
	return Buffer.from(bytes, 'latin1');
}

function partsOf(text: string): Part[] {
	const [head, ...rest] = text.split('\r\n\r\n');
	const body = rest.join('\r\n\r\n');
	const type = headerOf(head, 'Content-Type') ?? 'text/plain';
	const [, boundary] = /boundary="?([^";]+)/.exec(type) ?? [];
	if (boundary !== undefined)
		return body
			.split(`--${boundary}`)
			.slice(1, -1)
			.flatMap((part) => partsOf(part.trimStart()));
	const [, fileName] =
		/filename="?([^";]+)/.exec(headerOf(head, 'Content-Disposition') ?? '') ?? [];
	return [{ type, fileName, content: decode(body, headerOf(head, 'Content-Transfer-Encoding')) }];
}

/** Starts a mail server that takes everything. */
export async function startMailServer(): Promise<MailServer> {
	const mails: Mail[] = [];
	const server = createServer((socket) => {
		let received = '';
		let isData = false;
		const say = (line: string) => socket.write(`${line}\r\n`);
		const next = () => {
			const end = isData ? received.indexOf('\r\n.\r\n') : received.indexOf('\r\n');
			if (end < 0) return;
			const text = received.slice(0, end);
			received = received.slice(end + (isData ? 5 : 2));
			if (isData) {
				const [head] = text.split('\r\n\r\n');
				const parts = partsOf(text.replace(/^\.\./gm, '.'));
				mails.push({
					to: headerOf(head, 'To') ?? '',
					subject: headerOf(head, 'Subject') ?? '',
					parts,
				});
			}
			isData = !isData && /^DATA$/i.test(text);
			if (isData) say('354 Go on');
			else if (/^QUIT/i.test(text)) socket.end('221 Bye\r\n');
			else say('250 OK');
			next();
		};
		socket.on('data', (chunk) => {
			received += chunk.toString('latin1');
			next();
		});
		say('220 Ready');
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		credential: {
			...{ host: '127.0.0.1', port, user: '', password: '' },
			secure: false,
			disableStartTls: true,
		},
		mails,
		async close() {
			server.close();
			await once(server, 'close');
		},
	};
}
