// a whole n8n, Chromium and the service share one machine: what goes wrong once is shown, and tried once more
jest.retryTimes(1, { logErrorsBeforeRetry: true });
