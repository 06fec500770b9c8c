import { listen } from '../sandbox/listen';

/** Tool as described to a chat model. */
export interface Tool {
	name: string;
	description: string;
	parameters: {
		properties: Record<string, { type: string; description?: string; default?: unknown }>;
		required?: string[];
	};
}

interface Message {
	role: 'system' | 'user' | 'assistant' | 'tool';
	content: string | Array<{ text?: string }> | null;
}

/** Next step of the model: a tool call, the answer, or a breakdown. */
export type Move = { tool: string; input: object } | { answer: string } | { breaksDown: true };

/** Input of the model for one step. */
export interface Turn {
	/** The user's message. */
	question: string;
	tools: Tool[];
	/** Results of its calls so far, the latest last. */
	results: string[];
}

export interface ChatModel {
	/** For n8n's OpenAI credential. */
	url: string;
	turns: Turn[];
	close(): Promise<void>;
}

const textOf = ({ content }: Message) =>
	typeof content === 'string' ? content : (content ?? []).map(({ text = '' }) => text).join('');

/** Starts a local chat model that speaks OpenAI's chat completions protocol and follows a script. */
export async function startChatModel(script: (turn: Turn) => Move): Promise<ChatModel> {
	const turns: Turn[] = [];
	const server = await listen(0, async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk);
		const { messages, tools = [] }: { messages: Message[]; tools?: Array<{ function: Tool }> } =
			JSON.parse(Buffer.concat(chunks).toString());
		const turn = {
			question: messages
				.filter(({ role }) => role === 'user')
				.map(textOf)
				.join('\n'),
			tools: tools.map((tool) => tool.function),
			results: messages.filter(({ role }) => role === 'tool').map(textOf),
		};
		turns.push(turn);
		const move = script(turn);
		if ('breaksDown' in move) {
			const error = { message: 'The model broke down', type: 'invalid_request_error' };
			response
				.writeHead(400, { 'content-type': 'application/json' })
				.end(JSON.stringify({ error }));
			return;
		}
		const message =
			'answer' in move
				? { role: 'assistant', content: move.answer }
				: {
						role: 'assistant',
						content: null,
						tool_calls: [
							{
								id: `call_${turns.length}`,
								type: 'function',
								function: { name: move.tool, arguments: JSON.stringify(move.input) },
							},
						],
					};
		const answer = {
			id: `chatcmpl-${turns.length}`,
			object: 'chat.completion',
			created: 0,
			model: 'scripted',
			choices: [{ index: 0, message, finish_reason: 'answer' in move ? 'stop' : 'tool_calls' }],
			usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
		};
		response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
	});
	return { url: `${server.url}/v1`, turns, close: server.close };
}
