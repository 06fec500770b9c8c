import { DASHBOARD } from '../contract/dashboard';
import { formatNumber } from '../validation/parse';
import type { ErrorDetails } from './errors';
import type { RequestFailure } from './requestFailure';

type Answered = Extract<RequestFailure, { kind: 'response' }>;

/** What to tell users about a failed request. */
export interface Advice extends Pick<ErrorDetails, 'message' | 'description'> {
	/** How to go on after that, where sending it again is no second charge. */
	again?: string;
	/** Sentence about the credits if a refused video was charged at first. */
	ifRefused?: string;
}

/** Advice for every code in the contract's section "Errors". */
const BY_CODE = new Map<string | undefined, Advice>(
	Object.entries({
		invalid_request: {
			message: 'HappyHorse did not accept the request',
			description: 'Fix what HappyHorse names below.',
			again: 'Then run it again.',
		},
		invalid_api_key: {
			message: 'HappyHorse did not accept the API key',
			description: `Check the key in the HappyHorse credential: it may be mistyped, disabled or deleted, or the account suspended. Your dashboard (${DASHBOARD.apiKeys}) shows which keys are active.`,
		},
		insufficient_credits: {
			message: 'There are not enough credits for this video',
			description: `Top up under Billing (${DASHBOARD.billing}), or choose a shorter duration or 720p.`,
			again: 'Then run it again.',
		},
		ip_not_allowed: {
			message: 'This n8n’s IP address is not on the API key’s allow-list',
			description: `Add the address from which n8n reaches the internet to the key’s allow-list (${DASHBOARD.apiKeys}), or use a key without one.`,
		},
		model_not_found: {
			message: 'HappyHorse does not offer this mode at the moment',
			description:
				'Its model was not found or has been retired. Update this package, which may know a newer model, leave out ‘Model’ under Options, or use another mode.',
		},
		task_not_found: {
			message: 'HappyHorse does not know this task',
			description:
				'Check that ‘Task ID’ is the ‘taskId’ that an earlier HappyHorse node gave, and that the credential belongs to the account that started it.',
		},
		rate_limit_exceeded: {
			message: 'HappyHorse is getting too many requests from this API key',
			description:
				'Lower ‘Max Concurrency’ under Options, start fewer videos at once, or raise ‘Timeout’.',
		},
		spend_limit_exceeded: {
			message: 'The API key’s spending limit is reached',
			description: `The hourly, daily or total limit of this key does not allow another video. Raise it in your dashboard (${DASHBOARD.apiKeys}), or wait until it resets.`,
		},
		internal_error: {
			message: 'HappyHorse could not process the request',
			description: 'The cause is on the service’s side.',
			again: 'Try again in a few minutes.',
		},
		upstream_error: {
			message: 'The provider behind HappyHorse refused the request or is down',
			description: '',
			again:
				'If the reason below names the prompt or an image, change it. Otherwise try again later.',
			ifRefused: 'Credits for it are refunded.',
		},
	}),
);

const CHECK_BASE_URL =
	'Check the Base URL in the HappyHorse credential; the service itself is at https://api.aivideoapi.ai.';

function forUnknownResponse({ httpCode, isPage }: Answered): Advice {
	if (httpCode >= 300 && httpCode < 400)
		return {
			message: `The Base URL answers with a redirect (status ${httpCode})`,
			description:
				'The API key goes to the Base URL only, so the node does not follow redirects. Check the Base URL in the HappyHorse credential, including http or https.',
		};
	if (httpCode < 300 && isPage)
		return {
			message: 'The Base URL leads to a web page and not to the HappyHorse API',
			description: `${CHECK_BASE_URL} If it is right, a proxy or firewall in between sends this page.`,
		};
	if (httpCode < 300)
		return {
			message: 'The answer from HappyHorse could not be read',
			description:
				'It does not look like the HappyHorse API. Check the Base URL in the HappyHorse credential, and whether a proxy in between changes responses.',
		};
	if (httpCode < 500) {
		const forReason =
			httpCode === 403
				? `Check the reason below if HappyHorse gives one, the Base URL in the HappyHorse credential, and whether the API key’s allow-list has the address from which n8n reaches the internet (${DASHBOARD.apiKeys}).`
				: 'Check the Base URL in the HappyHorse credential, and the reason below if HappyHorse gives one.';
		return {
			message: `HappyHorse refused the request (status ${httpCode})`,
			description: isPage
				? `${CHECK_BASE_URL} If it is right, a proxy or firewall in between refuses the request.`
				: forReason,
		};
	}
	return {
		message: `HappyHorse could not process the request (status ${httpCode})`,
		description: 'The cause is on the service’s side or at a proxy in front of it.',
		again: 'Try again later.',
	};
}

const SYSTEM_CODES = new Map<string | undefined, string>(
	Object.entries({
		ECONNREFUSED: 'the connection was refused',
		ENOTFOUND: 'its host name was not found',
		EAI_AGAIN: 'its host name could not be looked up',
		EHOSTUNREACH: 'there is no route to its address',
		ENETUNREACH: 'there is no route to its address',
		ECONNRESET: 'the connection was cut',
		EPIPE: 'the connection was cut',
		ETIMEDOUT: 'no answer came in time',
		ECONNABORTED: 'no answer came in time',
	}),
);

/** Advice for connection errors that last until somebody changes a setting. */
const SETTINGS = new Map<string | undefined, Advice>(
	Object.entries({
		CERTIFICATE: {
			message: 'The certificate of the Base URL is not trusted, so nothing was sent',
			description:
				'Check the Base URL in the HappyHorse credential. If it is a gateway with a certificate of your own, give its certificate authority to n8n with NODE_EXTRA_CA_CERTS and restart n8n.',
		},
		NOT_TLS: {
			message:
				'The Base URL begins with https://, but its server does not speak HTTPS, so nothing was sent',
			description:
				'Check the Base URL in the HappyHorse credential. Only an address inside your network may begin with http://.',
		},
		BLOCKED: {
			message: 'n8n’s own SSRF protection blocks the Base URL, so nothing was sent',
			description:
				'Allow its host in N8N_SSRF_ALLOWED_HOSTNAMES or its address in N8N_SSRF_ALLOWED_IP_RANGES and restart n8n, or change the Base URL in the HappyHorse credential.',
		},
	}),
);

function forConnectionError(code: string | undefined): Advice {
	const ofSettings = SETTINGS.get(code);
	if (ofSettings) return ofSettings;
	const reason = SYSTEM_CODES.get(code) ?? 'the connection did not hold';
	return {
		message: `HappyHorse could not be reached: ${reason}`,
		description:
			'Check the Base URL in the HappyHorse credential and whether this n8n has access to the internet.',
		again: 'Then run it again.',
	};
}

/** Code of a status, for a refusal without a known one. A page may come from a proxy or firewall. */
const BY_STATUS = new Map<number, { code: string; isPage: boolean }>([
	[400, { code: 'invalid_request', isPage: false }],
	[401, { code: 'invalid_api_key', isPage: false }],
	[402, { code: 'insufficient_credits', isPage: false }],
	[422, { code: 'invalid_request', isPage: false }],
	[429, { code: 'rate_limit_exceeded', isPage: true }],
]);

function codeByStatus({ httpCode, envelopeStatus = httpCode, isPage = false }: Answered) {
	const found = BY_STATUS.get(envelopeStatus);
	return found && (found.isPage || !isPage) ? found.code : undefined;
}

/** Code of a failure for users: the service's own, or the one that its status stands for. */
export function codeOf(failure: RequestFailure): string {
	if (failure.kind === 'connection') return 'no_answer';
	return failure.code ?? codeByStatus(failure) ?? 'unexpected_answer';
}

/** Advice on a failure; the code decides, or else the status. */
export function adviceOn(failure: RequestFailure, said: string | undefined): Advice {
	if (failure.kind === 'connection') return forConnectionError(failure.code);
	const byStatus = codeByStatus(failure);
	// its advice is to read the reason
	const isUnsaid = byStatus === 'invalid_request' && said === undefined;
	return (
		BY_CODE.get(failure.code) ??
		(isUnsaid ? undefined : BY_CODE.get(byStatus)) ??
		forUnknownResponse(failure)
	);
}

/** What a call did until it was given up. */
export interface Tries {
	/** Requests that were sent. */
	attempts?: number;
	/** Milliseconds that were left; undefined if there was no time at all for the pause that was asked for. */
	timeLeftMs?: number;
}

const inWords = (ms: number) =>
	ms > 100_000
		? `${formatNumber(Math.ceil(ms / 60_000))} minutes`
		: `${formatNumber(Math.ceil(ms / 1_000))} seconds`;

/** Says what the node did about a rate limit. */
export function limitedAfter({ attempts, timeLeftMs = 0 }: Tries, failure: RequestFailure) {
	if (codeOf(failure) !== 'rate_limit_exceeded' || attempts === undefined) return undefined;
	const { retryAfterMs = 0 } = failure.kind === 'response' ? failure : {};
	if (retryAfterMs >= Math.max(timeLeftMs, 1)) {
		const again = attempts > 0 ? ' again' : '';
		return `HappyHorse asks to wait ${inWords(retryAfterMs)} before the next request, longer than there was time for, so the request was not sent${again}.`;
	}
	return attempts > 1
		? `The node slowed down and sent the request ${attempts} times until its time was up.`
		: 'There was no time to send the request again.';
}
