/** Headers and fields whose content is somebody's own affair. */
const PRIVATE =
	/^(authorization|cookie|set-cookie|x-api-key|.*(user|account|customer|owner|e-?mail|phone).*)$/i;
/** What an account has; its form may be shown, its amount not. */
const AMOUNTS = /^(balance|credits|total_\w+)$/i;

const IPV4 = /\b\d{1,3}(\.\d{1,3}){3}\b/g;
const IPV6 = /\b(?:[\da-f]{1,4}:){3,7}(?::?[\da-f]{1,4})+\b/gi;
const EMAIL = /[\w.+-]+@[\w-]+(\.[\w-]+)+/g;
const KEY = /\bsk-[\w-]{4,}/g;
const QUERY = /(https?:\/\/[^\s"?]+)\?[^\s"]+/g;

const withoutSecrets = (text: string, secrets: string[]) =>
	secrets
		.reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
		.replace(KEY, 'sk-…')
		.replace(QUERY, '$1?…')
		.replace(EMAIL, 'somebody@…')
		.replace(IPV6, 'IPv6 address')
		.replace(IPV4, 'IPv4 address');

/**
 * What may be shown to anybody: keys, cookies, addresses, people and amounts are taken out, the form of everything stays.
 *
 * @param secrets texts that must not be in there, whatever they look like
 */
export function clean(value: unknown, secrets: string[], name = ''): unknown {
	if (PRIVATE.test(name)) return 'removed';
	if (Array.isArray(value)) return value.map((one) => clean(one, secrets, name));
	if (typeof value === 'object' && value !== null)
		return Object.fromEntries(
			Object.entries(value).map(([key, inner]) => [
				withoutSecrets(key, secrets),
				clean(inner, secrets, key),
			]),
		);
	if (typeof value === 'number')
		return AMOUNTS.test(name) ? Number(String(value).replace(/\d/g, '9')) : value;
	if (typeof value !== 'string') return value;
	const text = withoutSecrets(value, secrets);
	return AMOUNTS.test(name) ? text.replace(/\d/g, '9') : text;
}
