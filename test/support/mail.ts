/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a server for a developer's machine, made of Node's own parts */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

export interface Mail {
	to: string[];
	/** Headers and body as they were sent. */
	content: string;
}

export interface MailServer {
	/** For n8n's SMTP credential. */
	credential: { host: string; port: number; secure: boolean; disableStartTls: boolean };
	received: Mail[];
	close(): Promise<void>;
}

/** Starts a mail server that takes every message and delivers none. */
export async function startMailServer(): Promise<MailServer> {
	const received: Mail[] = [];
	const server = createServer((socket) => {
		let [buffered, isData, mail]: [string, boolean, Mail] = ['', false, { to: [], content: '' }];
		const say = (line: string) => socket.write(`${line}\r\n`);
		const take = (line: string) => {
			if (isData && line === '.') {
				received.push(mail);
				[isData, mail] = [false, { to: [], content: '' }];
				say('250 Taken');
			} else if (isData) mail.content += `${line}\n`;
			else if (/^DATA/i.test(line)) {
				isData = true;
				say('354 Go on');
			} else if (/^QUIT/i.test(line)) socket.end('221 Bye\r\n');
			else {
				const [, to] = /^RCPT TO:<(.*)>/i.exec(line) ?? [];
				if (to) mail.to.push(to);
				say('250 OK');
			}
		};
		socket.setEncoding('utf8').on('data', (text: string) => {
			const lines = (buffered + text).split('\r\n');
			buffered = lines.pop() ?? '';
			for (const line of lines) take(line);
		});
		socket.on('error', () => socket.destroy());
		say('220 mail.example.com');
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		credential: { host: '127.0.0.1', port, secure: false, disableStartTls: true },
		received,
		async close() {
			server.close();
			await once(server, 'close');
		},
	};
}
