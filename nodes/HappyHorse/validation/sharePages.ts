/** Pages of a site on which people share files, photos and videos. */
interface Site {
	name: string;
	/** Host, without its `www.`. */
	host: RegExp;
	/** Whether a URL there is a page; by default all are. */
	isPage?: (url: URL) => boolean;
	/** Link to the file itself, where the page's address tells it. */
	direct?: (url: URL) => string | undefined;
}

const onPath =
	(pattern: RegExp) =>
	({ pathname }: URL) =>
		pattern.test(pathname);

/** A copy of a URL with another value in its query. */
function withQuery(url: URL, name: string, value: string): string {
	const copy = new URL(url);
	copy.searchParams.set(name, value);
	return copy.href;
}

const isDownload = ({ searchParams }: URL, ...names: string[]) =>
	names.some((name) => ['1', 'true'].includes(searchParams.get(name) ?? ''));

const driveId = ({ pathname, searchParams }: URL) =>
	/\/file\/(?:u\/\d+\/)?d\/([\w-]+)/.exec(pathname)?.[1] ?? searchParams.get('id') ?? undefined;

const SITES: Site[] = [
	{
		name: 'Google Drive',
		host: /^drive\.google\.com$/,
		isPage: onPath(/^\/(?:(?:a\/[\w.-]+|u\/\d+)\/)?(file|open|drive|folderview)\b/),
		direct: (url) => {
			const id = driveId(url);
			return id && `https://drive.google.com/uc?export=download&id=${id}`;
		},
	},
	{
		name: 'Google Docs',
		host: /^docs\.google\.com$/,
		isPage: ({ pathname }) => !/\/(export|pub|uc)\b/.test(pathname),
	},
	{ name: 'Google Photos', host: /^photos\.(google\.com|app\.goo\.gl)$/ },
	{ name: 'Google Images', host: /^images\.app\.goo\.gl$/ },
	{ name: 'Google Images', host: /^google\.[a-z.]+$/, isPage: onPath(/^\/(imgres|search)$/) },
	{
		name: 'Dropbox',
		host: /^dropbox\.com$/,
		isPage: (url) => !isDownload(url, 'dl', 'raw') && !/^\/s\/(dl|raw)\//.test(url.pathname),
		direct: (url) =>
			/^\/(s|scl\/fi)\//.test(url.pathname) ? withQuery(url, 'dl', '1') : undefined,
	},
	{
		name: 'OneDrive',
		host: /^(1drv\.ms|onedrive\.live\.com)$/,
		isPage: ({ pathname }) => !pathname.startsWith('/download'),
	},
	{
		name: 'SharePoint',
		host: /\.sharepoint\.(com|cn)$/,
		isPage: (url) =>
			/^\/:\w:\/|(?<!\/download)\.aspx$/i.test(url.pathname) && !isDownload(url, 'download'),
		direct: (url) =>
			/^\/:[^f]:\//.test(url.pathname) ? withQuery(url, 'download', '1') : undefined,
	},
	{ name: 'iCloud', host: /^(share\.)?icloud\.com(\.cn)?$/ },
	{ name: 'WeTransfer', host: /^we\.tl$|(^|\.)wetransfer\.com$/ },
	{ name: 'Box', host: /(^|\.)box\.com$/, isPage: onPath(/^\/(s|file|folder|v)\//) },
	{ name: 'MEGA', host: /^mega\.(nz|io)$/ },
	{ name: 'MediaFire', host: /^mediafire\.com$/ },
	{ name: 'pCloud', host: /^(u|e)\.pcloud\.link$/ },
	{ name: 'Yandex Disk', host: /^(disk\.yandex\.[a-z.]+|yadi\.sk)$/ },
	{ name: 'Baidu Netdisk', host: /^(pan|yun)\.baidu\.com$/ },
	{ name: 'Aliyun Drive', host: /^(alipan|aliyundrive)\.com$/ },
	{ name: 'Quark Drive', host: /^pan\.quark\.cn$/ },
	{ name: 'Tencent Weiyun', host: /^share\.weiyun\.com$/ },
	{
		name: 'GitHub',
		host: /^github\.com$/,
		isPage: (url) => /^\/[^/]+\/[^/]+\/blob\//.test(url.pathname) && !isDownload(url, 'raw'),
		direct: (url) => `${url.origin}${url.pathname.replace('/blob/', '/raw/')}`,
	},
	{ name: 'Imgur', host: /^imgur\.com$/, isPage: ({ pathname }) => !/\.\w{3,4}$/.test(pathname) },
	{
		name: 'Pinterest',
		host: /^(pin\.it|([a-z]{2}\.)?pinterest\.[a-z.]+)$/,
	},
	{ name: 'YouTube', host: /^(youtu\.be|((m|music)\.)?youtube\.com)$/ },
	{
		name: 'Vimeo',
		host: /^(player\.)?vimeo\.com$/,
		isPage: onPath(/^\/(?!external\/|progressive)/),
	},
	{ name: 'Instagram', host: /^instagram\.com$/ },
	{ name: 'TikTok', host: /^((vm|vt|m)\.)?tiktok\.com$/ },
	{ name: 'Douyin', host: /^(v\.)?douyin\.com$/ },
	{ name: 'Bilibili', host: /^(b23\.tv|bilibili\.com)$/ },
	{ name: 'Facebook', host: /^(fb\.watch|(m\.)?facebook\.com)$/ },
	{ name: 'X', host: /^((mobile|m)\.)?(x|twitter)\.com$/ },
	{ name: 'Canva', host: /^canva\.(com|link)$/, isPage: onPath(/^\/(design\/|d\/|[\w-]+$)/) },
	{ name: 'Figma', host: /^figma\.com$/, isPage: onPath(/^\/(file|design|proto|board)\//) },
	{ name: 'Notion', host: /(^|\.)notion\.(so|site)$/, isPage: onPath(/^\/(?!image\/|signed\/)/) },
	{
		name: 'tmpfiles.org',
		host: /^tmpfiles\.org$/,
		isPage: onPath(/^\/\d+\//),
		direct: (url) => `${url.origin}/dl${url.pathname}`,
	},
	{
		name: 'Hugging Face',
		host: /^huggingface\.co$/,
		isPage: onPath(/^\/.+\/blob\//),
		direct: (url) => `${url.origin}${url.pathname.replace('/blob/', '/resolve/')}`,
	},
	{
		name: 'GitLab',
		host: /^gitlab\.com$/,
		isPage: onPath(/\/-\/blob\//),
		direct: (url) => `${url.origin}${url.pathname.replace('/-/blob/', '/-/raw/')}`,
	},
	{
		name: 'Bitbucket',
		host: /^bitbucket\.org$/,
		isPage: onPath(/^\/[^/]+\/[^/]+\/src\//),
		direct: (url) => `${url.origin}${url.pathname.replace(/^(\/[^/]+\/[^/]+)\/src\//, '$1/raw/')}`,
	},
	{
		name: 'Wikimedia',
		host: /(^|\.)(wikipedia|wikimedia)\.org$/,
		isPage: onPath(/^\/(?:wiki\/(?!Special:(?:FilePath|Redirect)\b)|w\/index\.php$)/),
	},
	{ name: 'ImgBB', host: /^ibb\.co$/ },
	{ name: 'Postimages', host: /^postimg\.cc$/ },
	{ name: 'Flickr', host: /^(flic\.kr|flickr\.com)$/ },
	{ name: 'Unsplash', host: /^unsplash\.com$/, isPage: onPath(/^\/photos\/[^/]+\/?$/) },
	{ name: 'Pexels', host: /^pexels\.com$/, isPage: onPath(/\/(photo|video)\/[^/]+\/?$/) },
	{ name: 'GIPHY', host: /^giphy\.com$/, isPage: onPath(/^\/(gifs|clips|stickers)\//) },
	{ name: 'Reddit', host: /^(redd\.it|([a-z]+\.)?reddit\.com)$/ },
	{ name: 'LinkedIn', host: /^linkedin\.com$/ },
	{ name: 'Threads', host: /^threads\.(net|com)$/ },
	{ name: 'Telegram', host: /^t\.me$/ },
	{ name: 'Weibo', host: /^(m\.)?weibo\.(com|cn)$/ },
	{ name: 'Xiaohongshu', host: /^(xiaohongshu\.com|xhslink\.com)$/ },
	{ name: 'Streamable', host: /^streamable\.com$/ },
	{ name: 'Dailymotion', host: /^(dai\.ly|dailymotion\.com)$/ },
	{ name: 'Gofile', host: /^gofile\.io$/ },
	{ name: 'Pixeldrain', host: /^pixeldrain\.com$/, isPage: onPath(/^\/[ul]\//) },
	{ name: 'TeraBox', host: /^(1024)?terabox\.(com|app)$/ },
	{ name: 'Proton Drive', host: /^drive\.proton\.me$/ },
	{ name: 'SwissTransfer', host: /^swisstransfer\.com$/ },
	{ name: 'Frame.io', host: /^(f|(app|next)\.frame)\.io$/ },
	{ name: 'Slack', host: /(^|\.)slack\.com$/, isPage: onPath(/^\/(files|archives)\//) },
	{ name: 'Zoho WorkDrive', host: /(^|\.)(workdrive\.zoho|zohoexternal)\.[a-z.]+$/ },
	{ name: 'HeyGen', host: /^(app|share)\.heygen\.com$/ },
	{ name: 'VEED', host: /^veed\.io$/ },
	{ name: 'Discord', host: /^discord\.(com|gg)$/, isPage: onPath(/^\/(?!api\/)/) },
	{ name: 'VK', host: /^(m\.)?(vk\.(com|ru)|vkvideo\.ru)$/ },
	{ name: 'Kuaishou', host: /^(v\.)?kuaishou\.com$/ },
	{ name: 'Twitch', host: /^((m|clips)\.)?twitch\.tv$/ },
	{ name: 'Snapchat', host: /^snapchat\.com$/ },
	{ name: 'Behance', host: /^behance\.net$/ },
	{ name: 'Loom', host: /^loom\.com$/, isPage: onPath(/^\/(share|embed)\//) },
];

/**
 * Recognizes, by its address alone, a page on which a site shows a file or asks to download it: HappyHorse would get the
 * page.
 *
 * @returns the end of a sentence about the URL
 */
export function sharePageOf(url: URL): string | undefined {
	const host = url.hostname.replace(/^www\.|\.$/g, '');
	const site = SITES.find((one) => one.host.test(host) && (one.isPage?.(url) ?? true));
	if (!site) return undefined;
	const direct = site.direct?.(url);
	const orElse =
		direct === undefined
			? 'or give a direct link'
			: `or, if the file is shared with anyone, use ${direct}`;
	return `a page of ${site.name}. Download the file with another node and choose File From Input, ${orElse}`;
}
