// n8n, Chromium and the service share one machine, so a failed test is reported and retried once
// a whole n8n on a busy machine; tests wait for events, so only what hangs takes as long
jest.setTimeout(60_000);
jest.retryTimes(1, { logErrorsBeforeRetry: true });
