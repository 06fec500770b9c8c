/** How one attempt at a request ended without the answer that was asked for. */
export type Setback =
	| {
			kind: 'answer';
			httpCode: number;
			/** The code in the body, if that was an error of the contract's form; a gateway may use the same form. */
			code?: string;
			/** Whether the body was a web page. */
			isPage?: boolean;
			/** Milliseconds that the service asks to wait. */
			retryAfterMs?: number;
	  }
	| { kind: 'silence'; code?: string };
