/** Endings that no name on the internet has. */
const PRIVATE_ENDINGS =
	/(^|\.)(localhost|localdomain|local|internal|intranet|private|lan|home|home\.arpa|corp|svc)$/;

/** Where a cloud tells a machine its secrets, as far as their names and addresses look public. */
const METADATA = new Set(['metadata.tencentyun.com', '168.63.129.16']);

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

/** `::`, `::1`, and everything outside 2000::/3, the only block of public IPv6 addresses; and those for documents. */
const PUBLIC_IPV6 = /^[23](?!001:db8:)/;

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

/** The eight numbers of an IPv6 address as `URL` writes it. */
function groupsOf(address: string): number[] {
	const [head, tail] = address
		.split('::')
		.map((part) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16))));
	if (!tail) return head;
	return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/**
 * The IPv4 addresses to which an IPv6 address leads: mapped (`::ffff:7f00:1`), or through a tunnel: 6to4 (`2002:`),
 * Teredo (`2001:0:`, the server, and the client with its bits turned over) and ISATAP (`…:5efe:`).
 */
function ipv4Within(address: string): string[] {
	const groups = groupsOf(address);
	const ipv4At = (index: number, mask = 0) =>
		groups
			.slice(index, index + 2)
			.map((group) => group ^ mask)
			.flatMap((group) => [group >> 8, group & 255])
			.join('.');
	const [first, second] = groups;
	if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return [ipv4At(6)];
	if (first === 0x2002) return [ipv4At(1)];
	if (first === 0x2001 && second === 0) return [ipv4At(2), ipv4At(6, 0xffff)];
	if (groups[5] === 0x5efe && [0, 0x200].includes(groups[4])) return [ipv4At(6)];
	return [];
}

function isPublicIpv6(address: string): boolean {
	const within = ipv4Within(address);
	if (within.some(isPrivateIpv4)) return false;
	return address.startsWith('::ffff:') || PUBLIC_IPV6.test(address);
}

/**
 * Whether a URL leads to a host that the public internet can reach, as far as its text tells: no look-up is made.
 * `URL` has already brought odd spellings (`127.1`, `0x7f000001`, `2130706433`) to their usual form.
 */
export function isPublicHost(url: URL): boolean {
	const host = url.hostname.toLowerCase().replace(/\.$/, '');
	if (METADATA.has(host)) return false;
	if (host.startsWith('[')) return isPublicIpv6(host.slice(1, -1));
	if (IPV4.test(host)) return !isPrivateIpv4(host);
	return host.includes('.') && !PRIVATE_ENDINGS.test(host);
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
