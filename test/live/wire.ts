import { ExecuteContext } from 'n8n-core';
import type { IExecuteFunctions, IHttpRequestOptions, INode, INodeType } from 'n8n-workflow';
import { createEmptyRunExecutionData, jsonParse, Workflow } from 'n8n-workflow';

import type { Connection } from '../../nodes/HappyHorse/service/connection';
import { CREDENTIAL, ItemAccess } from '../../nodes/HappyHorse/service/access';
import { connect } from '../../nodes/HappyHorse/service/connection';
import { Limiter } from '../../nodes/HappyHorse/service/limiter';
import { StopSwitch } from '../../nodes/HappyHorse/service/stop';
import { additionalDataFor } from '../support/engine';

/** A request and its answer as they went over the wire; the key is in neither. */
export interface Exchange {
	/** An ISO date. */
	at: string;
	/** Milliseconds until the answer, or the first byte of a file. */
	ms: number;
	method: string;
	url: string;
	sent?: unknown;
	status?: number;
	headers?: Record<string, unknown>;
	/** Parsed where it is JSON; a file's is left out. */
	body?: unknown;
	/** Why there was no answer. */
	silence?: string;
}

/** The package's own way to the service, over n8n's HTTP client, with a record of what went over it. */
export interface Wire {
	connection: Connection;
	exchanges: Exchange[];
	/** The latest of them. */
	readonly last: Exchange | undefined;
}

const NODE: INode = {
	id: '1',
	name: 'HappyHorse',
	type: 'happyHorse',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
	credentials: { [CREDENTIAL]: { id: '1', name: 'HappyHorse' } },
};

/** A node of which n8n needs to know that it takes our credential, and no more. */
const TYPE: INodeType = {
	description: {
		displayName: 'HappyHorse',
		name: 'happyHorse',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: {},
		inputs: ['main'],
		outputs: ['main'],
		credentials: [{ name: CREDENTIAL, required: true }],
		properties: [],
	},
};

/** What n8n gives a node that runs, with nothing around it. */
function contextFor(credential: { apiKey: string; baseUrl: string }): IExecuteFunctions {
	const workflow = new Workflow({
		id: 'live',
		nodes: [NODE],
		connections: {},
		active: false,
		nodeTypes: {
			getByName: () => TYPE,
			getByNameAndVersion: () => TYPE,
			getKnownTypes: () => ({}),
		},
	});
	const additionalData = additionalDataFor(credential, workflow);
	const input = { main: [[{ json: {} }]] };
	return new ExecuteContext(
		workflow,
		NODE,
		additionalData,
		'manual',
		createEmptyRunExecutionData(),
		0,
		input.main[0],
		input,
		{ node: NODE, data: input, source: null },
		[],
	);
}

const isAnswer = (
	value: unknown,
): value is { statusCode: number; headers: Record<string, unknown>; body: unknown } =>
	typeof value === 'object' && value !== null && 'statusCode' in value;

/**
 * Opens it.
 *
 * @throws HappyHorseError for a key or base URL that can't be right
 */
export async function openWire(credential: { apiKey: string; baseUrl: string }): Promise<Wire> {
	const context = contextFor(credential);
	const exchanges: Exchange[] = [];
	const recorded = async (options: IHttpRequestOptions, request: () => Promise<unknown>) => {
		const startedAt = Date.now();
		const exchange: Exchange = {
			at: new Date(startedAt).toISOString(),
			ms: 0,
			method: options.method ?? 'GET',
			url: options.url,
			...(options.body !== undefined && { sent: options.body }),
		};
		exchanges.push(exchange);
		try {
			const answer = await request();
			if (isAnswer(answer)) {
				const { statusCode: status, headers, body } = answer;
				Object.assign(exchange, { status, headers });
				if (typeof body === 'string')
					exchange.body = jsonParse<unknown>(body, { fallbackValue: body });
			}
			return answer;
		} catch (error) {
			exchange.silence = error instanceof Error ? error.message : String(error);
			return await Promise.reject(error);
		} finally {
			exchange.ms = Date.now() - startedAt;
		}
	};
	const { httpRequest, httpRequestWithAuthentication } = context.helpers;
	const helpers: Partial<IExecuteFunctions['helpers']> = {
		httpRequest: async (options) => await recorded(options, async () => await httpRequest(options)),
		async httpRequestWithAuthentication(type, options, more) {
			return await recorded(
				options,
				async () => await httpRequestWithAuthentication.call(this, type, options, more),
			);
		},
	};
	const withRecord: IExecuteFunctions = Object.create(context, {
		helpers: { value: { ...context.helpers, ...helpers } },
	});
	const options = {
		...{ limiter: new Limiter(1), stop: new StopSwitch() },
		...{ stopsAtFirstError: false, offersRetry: false },
	};
	const access = new ItemAccess(withRecord);
	const connection = await connect(withRecord, options, async () => await access.of(undefined));
	return {
		connection,
		exchanges,
		get last() {
			return exchanges.at(-1);
		},
	};
}
