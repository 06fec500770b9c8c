/* eslint-disable @n8n/community-nodes/no-restricted-imports -- stands for the network between n8n's HTTP client and the sandbox */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { PassThrough, Readable } from 'node:stream';

import type { InternalAxiosRequestConfig } from 'axios';
import axios, { AxiosError, CanceledError } from 'axios';

import { Process } from './process';

interface Head {
	status: number;
	headers: Record<string, string>;
}

/** What a server writes, and what a client reads. */
class Pipe extends PassThrough {
	readonly head = new Promise<Head>((resolve) => this.once('head', resolve));

	writeHead(status: number, headers: Record<string, string>): void {
		this.emit('head', { status, headers } satisfies Head);
	}
}

/** Connects n8n's HTTP client with servers of this process, without a network: nothing takes time. */
export class Wire {
	private readonly listeners = new Map<string, RequestListener>();

	private readonly adapter = axios.defaults.adapter;

	/** Gives a server an address. */
	readonly listen = (listener: RequestListener) => {
		const url = `http://127.0.0.1:${this.listeners.size + 1}`;
		this.listeners.set(new URL(url).host, listener);
		return { url, close: async () => {} };
	};

	plugIn(): void {
		axios.defaults.adapter = async (config) => {
			const send = async () => await this.send(config);
			const { present } = Process;
			return present ? await present.request(config.method ?? 'get', send) : await send();
		};
	}

	unplug(): void {
		axios.defaults.adapter = this.adapter;
	}

	private async send(config: InternalAxiosRequestConfig) {
		const { url = '', method = 'get', data, signal, responseType, validateStatus } = config;
		const { host, pathname, search } = new URL(url);
		const listener = this.listeners.get(host);
		if (!listener) return await Promise.reject(new AxiosError('refused', 'ECONNREFUSED', config));
		const request = Object.assign(Readable.from(data ? [Buffer.from(String(data))] : []), {
			method: method.toUpperCase(),
			url: pathname + search,
			headers: Object.fromEntries(
				Object.entries(config.headers.toJSON()).map(([name, value]) => [
					name.toLowerCase(),
					String(value),
				]),
			),
			complete: true,
		});
		const pipe = new Pipe();
		pipe.on('error', () => {});
		const cut = new Promise<never>((_resolve, reject) => {
			pipe.once('close', () => {
				if (!pipe.readableEnded) reject(new AxiosError('socket hang up', 'ECONNRESET', config));
			});
			const leave = () => {
				reject(new CanceledError('canceled'));
				pipe.destroy();
			};
			if (signal?.aborted) leave();
			else signal?.addEventListener?.('abort', leave);
		});
		cut.catch(() => {});
		listener(request as unknown as IncomingMessage, pipe as unknown as ServerResponse);
		const { status, headers } = await Promise.race([pipe.head, cut]);
		const answer = { status, statusText: '', headers, config, request: {} };
		const content: unknown =
			responseType === 'stream' ? pipe : await Promise.race([textOf(pipe), cut]);
		const response = { ...answer, data: content };
		if (validateStatus?.(status) ?? true) return response;
		return await Promise.reject(
			new AxiosError(`status ${status}`, 'ERR_BAD_RESPONSE', config, {}, response),
		);
	}
}

async function textOf(pipe: Pipe): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of pipe) chunks.push(chunk);
	return Buffer.concat(chunks).toString();
}
