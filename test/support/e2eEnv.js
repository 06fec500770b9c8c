// n8n, Chromium and the service share one machine, so a failed test is reported and retried once
jest.retryTimes(1, { logErrorsBeforeRetry: true });
