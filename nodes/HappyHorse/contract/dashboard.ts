/** Pages of the service's dashboard (contract: "Transport"). */
export const DASHBOARD = {
	apiKeys: 'https://aivideoapi.ai/dashboard/api-keys',
	billing: 'https://aivideoapi.ai/dashboard/billing',
} as const;
