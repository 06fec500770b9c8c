import { isTopLevelDomain } from './topLevelDomains';

/** Names of private networks under public domains: of widespread home routers, of Azure, Tailscale and NetBird. */
const PRIVATE_ENDINGS =
	/(^|\.)(fritz\.box|router\.asus\.com|tplinkwifi\.net|routerlogin\.net|internal\.cloudapp\.net|ts\.net|beta\.tailscale\.net|netbird\.cloud)$/;

/** Public names that always mean the machine itself, for developers. */
const LOOPBACK_ENDINGS = /(^|\.)(localtest\.me|lvh\.me|vcap\.me|lacolhost\.com)$/;

/** Public names that mean the address that is written in them, with dots, dashes or in hexadecimal digits. */
const OF_ADDRESS =
	/(?:^|[.-])(?:(\d{1,3}(?:[.-]\d{1,3}){3})|([\da-f]{8}))(?:\.[\da-f]{32})?\.(?:nip\.io|sslip\.io|xip\.io|traefik\.me|plex\.direct)$/;

/** Cloud metadata hosts whose name or address looks public. */
const METADATA_HOSTS = new Set(['metadata.tencentyun.com', '168.63.129.16']);

/** First address and prefix length of IPv4 blocks that the internet does not route. */
const PRIVATE_IPV4: Array<[string, number]> = [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.0.0.0', 24],
	['192.0.2.0', 24],
	['192.168.0.0', 16],
	['198.18.0.0', 15],
	['198.51.100.0', 24],
	['203.0.113.0', 24],
	['224.0.0.0', 3],
];

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

/** Finds the IPv4 address that a public name means, if any. */
function addressesInName(host: string): string[] {
	const [, written, hex] = OF_ADDRESS.exec(host) ?? [];
	if (hex !== undefined) return [[...Buffer.from(hex, 'hex').values()].join('.')];
	return written === undefined ? [] : [written.replace(/-/g, '.')];
}

/** Expands an IPv6 address, as `URL` writes it, to its eight groups. */
function groupsOf(address: string): number[] {
	const [head, tail] = address
		.split('::')
		.map((part) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16))));
	if (!tail) return head;
	return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** Recognizes an IPv4 address that is mapped (`::ffff:7f00:1`) or translated (`::ffff:0:7f00:1`). */
const isIpv4 = (groups: number[]) =>
	['0,0,0,0,0,65535', '0,0,0,0,65535,0'].includes(groups.slice(0, 6).join());

/**
 * IPv4 addresses embedded in an IPv6 address: mapped, or in a tunnel of 6to4 (`2002:`), Teredo (`2001:0:`, the server and
 * the client with its bits inverted) or ISATAP (`…:5efe:`).
 */
function ipv4Within(groups: number[]): string[] {
	const ipv4At = (index: number, mask = 0) =>
		groups
			.slice(index, index + 2)
			.map((group) => group ^ mask)
			.flatMap((group) => [group >> 8, group & 255])
			.join('.');
	const [first, second] = groups;
	if (isIpv4(groups)) return [ipv4At(6)];
	if (first === 0x2002) return [ipv4At(1)];
	if (first === 0x2001 && second === 0) return [ipv4At(2), ipv4At(6, 0xffff)];
	if (groups[5] === 0x5efe && [0, 0x200].includes(groups[4])) return [ipv4At(6)];
	return [];
}

/** Matches 2000::/3, the only public block, without its two documentation blocks. */
const isPublicBlock = ([first, second]: number[]) =>
	first >= 0x2000 &&
	first <= 0x3fff &&
	!(first === 0x2001 && second === 0xdb8) &&
	!(first === 0x3fff && second < 0x1000);

function isPublicIpv6(address: string): boolean {
	const groups = groupsOf(address);
	if (ipv4Within(groups).some(isPrivateIpv4)) return false;
	return isIpv4(groups) || isPublicBlock(groups);
}

/**
 * Checks a URL's host by its text alone, without DNS. `URL` has already normalized spellings such as `127.1`,
 * `0x7f000001` and `2130706433`.
 */
export function isPublicHost(url: URL): boolean {
	const host = url.hostname.toLowerCase().replace(/\.$/, '');
	// resolvers disagree about empty labels
	if (METADATA_HOSTS.has(host) || url.hostname.includes('..')) return false;
	if (host.startsWith('[')) return isPublicIpv6(host.slice(1, -1));
	if (IPV4.test(host)) return !isPrivateIpv4(host);
	if (LOOPBACK_ENDINGS.test(host) || addressesInName(host).some(isPrivateIpv4)) return false;
	const [domain, ...rest] = host.split('.').reverse();
	return rest.length > 0 && isTopLevelDomain(domain) && !PRIVATE_ENDINGS.test(host);
}

export const isLoopback = ({ hostname }: URL) =>
	/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname.toLowerCase());

/** Parses an absolute HTTP(S) URL; undefined for anything else. */
export function parseHttpUrl(text: string): URL | undefined {
	if (!URL.canParse(text)) return undefined;
	const url = new URL(text);
	return ['http:', 'https:'].includes(url.protocol) ? url : undefined;
}
