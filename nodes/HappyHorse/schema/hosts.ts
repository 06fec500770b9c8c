const PRIVATE_NAMES = /^(localhost|.*\.(localhost|local|internal|lan|home\.arpa))$/;

/** First address and prefix length of each IPv4 block that the public internet does not route. */
const PRIVATE_IPV4: Array<[string, number]> = [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.0.0.0', 24],
	['192.168.0.0', 16],
	['198.18.0.0', 15],
	['224.0.0.0', 3],
];

/** `::`, `::1`, and everything outside 2000::/3, the only block of public IPv6 addresses. */
const PUBLIC_IPV6 = /^[23]/;

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

function ipv4ToNumber(address: string): number {
	return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function isPrivateIpv4(address: string): boolean {
	const value = ipv4ToNumber(address);
	return PRIVATE_IPV4.some(([first, prefix]) => {
		const size = 2 ** (32 - prefix);
		return Math.floor(value / size) === Math.floor(ipv4ToNumber(first) / size);
	});
}

/** The IPv4 address inside an IPv4-mapped IPv6 address as `URL` writes it, such as `::ffff:7f00:1`. */
function mappedIpv4(address: string): string | undefined {
	const match = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(address);
	if (!match) return undefined;
	const [high, low] = [parseInt(match[1], 16), parseInt(match[2], 16)];
	return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * Whether a URL leads to a host that the public internet can reach, as far as its text tells: no look-up is made.
 * `URL` has already brought odd spellings (`127.1`, `0x7f000001`, `2130706433`) to their usual form.
 */
export function isPublicHost(url: URL): boolean {
	const host = url.hostname.toLowerCase().replace(/\.$/, '');
	if (host.startsWith('[')) {
		const address = host.slice(1, -1);
		const ipv4 = mappedIpv4(address);
		return ipv4 === undefined ? PUBLIC_IPV6.test(address) : !isPrivateIpv4(ipv4);
	}
	if (IPV4.test(host)) return !isPrivateIpv4(host);
	return host.includes('.') && !PRIVATE_NAMES.test(host);
}

/** Whether a URL leads to this machine itself. */
export const isLoopback = ({ hostname }: URL) =>
	/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname.toLowerCase());

/** The URL if the text is an absolute http or https one, else undefined. */
export function parseHttpUrl(text: string): URL | undefined {
	if (!URL.canParse(text)) return undefined;
	const url = new URL(text);
	return ['http:', 'https:'].includes(url.protocol) ? url : undefined;
}
