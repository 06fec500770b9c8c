/** How one attempt at a request ended without the answer that was asked for. */
export type Setback =
	| {
			kind: 'answer';
			httpCode: number;
			/** The contract's error code, if the body was an error of the contract's form. */
			code?: string;
			/** Milliseconds that the service asks to wait. */
			retryAfterMs?: number;
	  }
	| { kind: 'silence'; code?: string };
