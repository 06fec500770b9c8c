/** How one attempt at a request ended without the answer that was asked for. */
export type RequestFailure =
	| {
			kind: 'response';
			httpCode: number;
			/** The code in the body, if that was an error of the contract's form; a gateway may use the same form. */
			code?: string;
			/** Whether the body was a web page. */
			isPage?: boolean;
			/** Milliseconds that the service asks to wait. */
			retryAfterMs?: number;
	  }
	| {
			kind: 'connection';
			/** The system's code, or what it comes down to. */
			code?: string;
			/** Whether the request surely never left, as there was no connection to send it over. */
			isUnsent?: boolean;
			/** Whether that stays so until somebody changes a setting. */
			isPermanent?: boolean;
	  };
