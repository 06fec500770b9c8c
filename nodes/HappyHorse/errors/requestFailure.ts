/** Attempt at a request that brought no usable answer. */
export type RequestFailure =
	| {
			kind: 'response';
			httpCode: number;
			/** Code in a body of the contract's error form, which a gateway may use too. */
			code?: string;
			/** Status in the answer's envelope, where that refuses with HTTP status 200. */
			envelopeStatus?: number;
			/** Set for a web page. */
			isPage?: boolean;
			/** Milliseconds from the Retry-After header. */
			retryAfterMs?: number;
	  }
	| {
			kind: 'connection';
			/** Code of the system, or one of ours for a group of them. */
			code?: string;
			/** Set if the request surely never left, since there was no connection. */
			isUnsent?: boolean;
			/** Set if it stays so until somebody changes a setting. */
			isPermanent?: boolean;
	  };
