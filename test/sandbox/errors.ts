/** HTTP status, type and a message for each row of the contract's error table. */
export const ERRORS = {
	invalid_request: [400, 'invalid_request_error', 'The request is not valid.'],
	invalid_api_key: [401, 'authentication_error', 'The API key is not valid.'],
	insufficient_credits: [402, 'billing_error', 'Your credit balance is too low. Please top up.'],
	ip_not_allowed: [403, 'permission_error', 'This IP address is not allowed for this key.'],
	model_not_found: [404, 'invalid_request_error', 'The model does not exist.'],
	task_not_found: [404, 'invalid_request_error', 'The task does not exist.'],
	rate_limit_exceeded: [429, 'rate_limit_error', 'Too many requests. Please slow down.'],
	spend_limit_exceeded: [429, 'billing_error', 'The spending limit of this key is reached.'],
	internal_error: [500, 'api_error', 'Internal server error.'],
	upstream_error: [503, 'upstream_error', 'The upstream service returned an error.'],
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** Refusal in the service's format. */
export class Refusal extends Error {
	/** @param status HTTP status if it differs from the code's row */
	constructor(
		readonly code: ErrorCode,
		message?: string,
		readonly status: number = ERRORS[code][0],
	) {
		super(message ?? ERRORS[code][2]);
	}

	get body() {
		return { error: { code: this.code, message: this.message, type: ERRORS[this.code][1] } };
	}
}
