/* eslint-disable @n8n/community-nodes/no-restricted-globals -- measures this process */
import fc from 'fast-check';

import {
	fetchableUrl,
	fetchableUrls,
	reachableUrl,
	splitUrls,
} from '../../nodes/HappyHorse/validation/urls';

const one = fetchableUrl(true);
const many = fetchableUrls({ min: 1, max: 9, publicOnly: true });

const A = 'https://example.com/a.png';
const B = 'https://example.com/b.png';

describe('one URL is sent as it was checked:', () => {
	test.each([
		['spaces', 'https://example.com/my photo 1.png', 'https://example.com/my%20photo%201.png'],
		['escaped spaces', 'https://example.com/my%20photo.png', 'https://example.com/my%20photo.png'],
		['Chinese letters', 'https://example.com/图.png', 'https://example.com/%E5%9B%BE.png'],
		['an international domain', 'https://例子.com/a', 'https://xn--fsqu00a.com/a'],
		['capitals in the host', 'HTTPS://EXAMPLE.com/A.png', 'https://example.com/A.png'],
		['backslashes', 'https:\\\\example.com\\a.png', A],
		['steps up', 'https://example.com/x/../a.png', A],
		['no slashes', 'https:example.com/a.png', A],
		['a port that goes without saying', 'https://example.com:443/a.png', A],
		['what is escaped', 'https://example.com/a%2Fb%20c.png', 'https://example.com/a%2Fb%20c.png'],
		['a stray percent sign', 'https://example.com/100%.png', 'https://example.com/100%.png'],
		[
			'a signature',
			'https://s3.example.com/a.png?X-Amz-Credential=AK%2F20261126%2Fus&X-Amz-Signature=ab+/=',
			'https://s3.example.com/a.png?X-Amz-Credential=AK%2F20261126%2Fus&X-Amz-Signature=ab+/=',
		],
		['blanks around it', `  ${A}\n`, A],
		['an invisible blank', `\u200b${A}\ufeff`, A],
		['a control character behind it', `${A}\0`, A],
		['a control character and a comma', `${A},\0`, A],
		['a fullwidth host', 'https://ｅｘａｍｐｌｅ．com/a.png', A],
		['a query from HTML', `${A}?a=1&amp;b=2&amp;amp;c=3`, `${A}?a=1&b=2&c=3`],
		[
			'a query from HTML, by number',
			`${A}?a=1&#38;b=2&#038;c&#x3D;3&amp;#x26;d=4`,
			`${A}?a=1&b=2&c=3&d=4`,
		],
		['a query from JSON', `${A}?a=1\\u0026b\\u003d2`, `${A}?a=1&b=2`],
		[
			'an ampersand in a name',
			'https://example.com/a&amp;b.png',
			'https://example.com/a&amp;b.png',
		],
		['a fullwidth comma', 'https://example.com/a，b.png', 'https://example.com/a%EF%BC%8Cb.png'],
		['an emoji', 'https://example.com/🐎.png', 'https://example.com/%F0%9F%90%8E.png'],
		[
			'an emoji of several signs',
			'https://example.com/👩‍🚀.png',
			'https://example.com/%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80.png',
		],
		[
			'a pair of brackets',
			'https://example.com/Horse_(animal)',
			'https://example.com/Horse_(animal)',
		],
	])('%s', (_what, given, sent) => {
		expect(one(given)).toEqual({ value: sent });
		expect(many(given)).toEqual({ value: [sent] });
		// what was sent would be sent again as it is
		expect(one(sent)).toEqual({ value: sent });
	});
});

describe('as people paste it:', () => {
	test.each<[string, unknown]>([
		['from JSON, in quotes', `"${A}"`],
		['from code', `'${A}'`],
		['from a text with fine quotes', `“${A}”`],
		['from a chat, in angle brackets', `<${A}>`],
		['with a comma behind it', `${A},`],
		['with a semicolon behind it', `${A};`],
		['with a fullwidth comma behind it', `${A}，`],
		['with a bar behind it', `${A} |`],
		['from HTML', `${A}<br>`],
		['from JSON, with escaped slashes', 'https:\\/\\/example.com\\/a.png'],
		['from JSON within JSON', 'https:\\\\\\/\\\\\\/example.com\\\\\\/a.png'],
		['from JSON, with an escaped host and path', 'https:\\u002F\\u002fexample.com\\u002Fa.png'],
		['from Markdown', 'https://example\\.com/a\\.png'],
		['from a template that escapes HTML', 'https:&#x2F;&#x2F;example.com&#x2F;a.png'],
		['with invisible signs in it', 'https://exam\u200bple.com/\u2060a\u200d.p\u00adng'],
		['with an invisible sign behind it, escaped', `${A}%E2%80%8B`],
		['at the end of a sentence', `${A}.`],
		['at the end of a Chinese sentence', `${A}。`],
		['with a bracket of the sentence behind it', `${A})`],
		['with a bracket and a point', `${A}).`],
		['with a Chinese bracket', `${A}）。`],
		['with half of its quotes', `${A}"`],
		['with half of its quotes, from code', `${A}\\"`],
		['in bold', `**${A}**`],
		['as code', `\`${A}\``],
		['in brackets', `(${A})`],
		['as a list of one', [A]],
		['as a JSON list of one', JSON.stringify([A])],
		['as an attachment', [{ id: 'att1', url: A, filename: 'a.png' }]],
		['as the attachment itself', { id: 'att1', url: A }],
		['as an attachment with blanks', { id: 'att1', url: ` ${A}\n` }],
		['as an attachment in JSON', JSON.stringify({ url: A })],
	])('one URL %s', (_how, given) => {
		expect(one(given)).toEqual({ value: A });
		expect(many(given)).toEqual({ value: [A] });
	});

	test.each<[string, unknown]>([
		['with a space between', `${A} ${B}`],
		['with a semicolon between', `${A};${B}`],
		['with a semicolon and a space', `${A}; ${B}`],
		['with a comma between', `${A},${B}`],
		['one a line', `${A}\n${B}`],
		['one a line, from Windows', `${A}\r\n\r\n${B}\r\n`],
		['from a sheet’s row', `${A}\t${B}`],
		['with a fullwidth comma', `${A}，${B}`],
		['with a fullwidth comma and a space', `${A}， ${B}，`],
		['with a fullwidth semicolon', `${A}；${B}`],
		['with a Chinese enumeration comma', `${A}、${B}`],
		['with a bar', `${A}|${B}`],
		['with a bar and spaces', `${A} | ${B} |`],
		['from HTML', `${A}<br>${B}`],
		['from XHTML', `${A}<br />\n<BR/>${B}<br>`],
		['from code, whose line breaks are written out', `${A}\\n${B}\\n`],
		['from Windows’ code', `${A}\\r\\n${B}`],
		['with an “and”', `${A} and ${B}`],
		['with an ampersand', `${A} & ${B}`],
		['from a sheet’s quoted cells', `"${A}"\t"${B}"`],
		['from JSON, without its brackets', `"${A}", "${B}",`],
		['from a chat', `<${A}> <${B}>`],
		['as an array', [A, B]],
		['as JSON', JSON.stringify([A, B])],
		['as attachments', [{ id: 1, url: A, filename: 'a.png' }, { url: B }]],
		['as attachments in JSON', JSON.stringify([{ url: A }, { url: B }])],
		['as an array with a list inside', [`${A}, ${B}`]],
	])('two URLs %s: two in a list, none in the place of one', (_how, given) => {
		expect(many(given)).toEqual({ value: [A, B] });
		expect(one(given)).toMatch(/^must be one URL, but it has 2: \["https:/);
	});

	test.each([
		['ImageKit', 'https://ik.imagekit.io/demo/tr:w-400,h-300:rt-90/x.jpg'],
		['ImageKit, several steps', 'https://ik.imagekit.io/demo/tr:w-400,h-300:rt-90,e-usm-2-2/x.jpg'],
		['Cloudinary', 'https://res.cloudinary.com/demo/image/upload/w_300,h_200,c_fill/x.jpg'],
		[
			'Cloudflare',
			'https://example.com/cdn-cgi/image/width=80,quality=75/https://x.example.com/a.jpg',
		],
		['a URL in a query', 'https://img.example.com/?url=https://example.com/a.png;b'],
		['a URL that is a query', 'https://proxy.example.com/?https://example.com/a.png'],
		[
			'Cloudinary, of another’s URL',
			'https://res.cloudinary.com/x/image/fetch/w_300,h_200/https://example.com/a.jpg',
		],
		['the Internet Archive', 'https://web.archive.org/web/2026im_/http://example.com/a.jpg'],
		[
			'thumbor, with a watermark',
			'https://thumbor.example.com/x/300x200/filters:watermark(https://example.com/logo.png,10,10,50)/https://example.com/a.jpg',
		],
		['imgproxy', 'https://img.example.com/x/rs:fit:300:200/plain/https://example.com/a.jpg@png'],
		['matrix parameters', 'https://example.com/a;v=1;w=2/x.jpg'],
	])('%s writes one URL', (_who, url) => {
		expect(many(url)).toEqual({ value: [url] });
		expect(many(`${url}, ${A}`)).toEqual({ value: [url, A] });
	});
});

describe('what is no URL is called by what it is:', () => {
	const begins = 'must be a URL that begins with http:// or https://, but it is';
	test.each<[unknown, string]>([
		['', 'must be a URL, but it is empty'],
		[undefined, 'must be a URL, but it is empty'],
		[null, 'must be a URL, but it is empty'],
		[' \n\u200b', 'must be a URL, but it is empty'],
		[[], 'must be a URL, but it is an empty list'],
		[7, `${begins} a number: 7`],
		[true, `${begins} a boolean: true`],
		[{ id: 1 }, `${begins} an object without a url: {"id":1}`],
		[[[A]], `${begins} a list: ["${A}"]`],
		[{ url: 5 }, `${begins} a number: 5`],
		[{ mimeType: 'image/png' }, `${begins} a file: choose File From Input to make a video from it`],
		['[object Object]', `${begins} "[object Object]"`],
		['see https://example.com', 'must be one URL, but it has 2: ["see","https://example.com"]'],
		['![x](https://example.com/a.png)', `${begins} "![x](https://example.com/a.png)"`],
		['https://exa mple.com/a.png', `${begins} "https://exa mple.com/a.png"`],
		['https://', `${begins} "https://"`],
		['https://example.com:99999/', `${begins} "https://example.com:99999/"`],
		['https://[::1', `${begins} "https://[::1"`],
		['https://a%00b.com', `${begins} "https://a%00b.com"`],
		['javascript:alert(1)', `${begins} "javascript:alert(1)"`],
		['//example.com/a.png', `${begins} "//example.com/a.png"`],
		['C:\\photos\\a.png', `${begins} "C:\\\\photos\\\\a.png"`],
		[
			'https://example.com/photo.png for the first',
			'must be a URL without white space, but it is "https://example.com/photo.png for the first". If it belongs to the URL, write %20',
		],
		[
			'https://example.com/a\t.png',
			'must be a URL without white space, but it is "https://example.com/a\\t.png". If it belongs to the URL, write %20',
		],
		[
			`${A}</p>`,
			`must be a URL without "<", but it is "${A}</p>". If it belongs to the URL, write %3C`,
		],
		[
			`${A}|b`,
			`must be a URL without "|", but it is "${A}|b". If it belongs to the URL, write %7C`,
		],
		[
			'https://example.com/[object Object]',
			'must be a URL, but an expression inserted an object as text: "https://example.com/[object Object]"',
		],
		[
			'https://example.com/%5Bobject%20Object%5D.png',
			'must be a URL, but an expression inserted an object as text: "https://example.com/%5Bobject%20Object%5D.png"',
		],
		...[`${A}${B}`, `${A}+${B}`, `${A}&${B}`, `${A}*HTTP://example.com/b.png`].map(
			(both): [string, string] => [
				both,
				`must be one URL, but it looks like two without a comma or line break between them: "${both}"`,
			],
		),
	])('%j', (given, message) => {
		expect(one(given)).toBe(message);
	});

	test.each([
		['https://drive.google.com/file/d/1aB_c/view?usp=sharing', 'Google Drive'],
		['https://drive.google.com/open?id=1aB_c', 'Google Drive'],
		['https://drive.google.com/drive/u/0/folders/1aB_c', 'Google Drive'],
		['https://docs.google.com/presentation/d/1aB_c/edit', 'Google Docs'],
		['https://photos.app.goo.gl/abc', 'Google Photos'],
		['https://photos.google.com/share/abc', 'Google Photos'],
		['https://www.dropbox.com/scl/fi/abc/a.png?rlkey=x&dl=0', 'Dropbox'],
		['https://www.dropbox.com/s/abc/a.png', 'Dropbox'],
		['https://1drv.ms/i/s!abc', 'OneDrive'],
		['https://onedrive.live.com/?id=abc&cid=1', 'OneDrive'],
		['https://firm-my.sharepoint.com/:v:/g/personal/a/abc?e=x', 'SharePoint'],
		['https://www.icloud.com/iclouddrive/abc#a', 'iCloud'],
		['https://share.icloud.com/photos/abc', 'iCloud'],
		['https://we.tl/t-abc', 'WeTransfer'],
		['https://wetransfer.com/downloads/abc', 'WeTransfer'],
		['https://firm.app.box.com/s/abc', 'Box'],
		['https://mega.nz/file/abc#x', 'MEGA'],
		['https://www.mediafire.com/file/abc/a.mp4/file', 'MediaFire'],
		['https://pan.baidu.com/s/1abc', 'Baidu Netdisk'],
		['https://www.alipan.com/s/abc', 'Aliyun Drive'],
		['https://pan.quark.cn/s/abc', 'Quark Drive'],
		['https://disk.yandex.ru/i/abc', 'Yandex Disk'],
		['https://github.com/a/b/blob/main/a.png', 'GitHub'],
		['https://imgur.com/a/abc', 'Imgur'],
		['https://www.youtube.com/watch?v=abc', 'YouTube'],
		['https://youtu.be/abc', 'YouTube'],
		['https://vimeo.com/123', 'Vimeo'],
		['https://www.instagram.com/p/abc/', 'Instagram'],
		['https://www.tiktok.com/@a/video/1', 'TikTok'],
		['https://x.com/a/status/1', 'X'],
		['https://www.canva.com/design/abc/view', 'Canva'],
		['https://canva.link/abc', 'Canva'],
		['https://drive.google.com/u/0/file/d/1aB_c/view', 'Google Drive'],
		['https://drive.google.com/a/firm.com/open?id=1aB_c', 'Google Drive'],
		['https://drive.google.com./file/d/1aB_c/view', 'Google Drive'],
		['https://www.google.co.uk/imgres?imgurl=x', 'Google Images'],
		['https://firm.sharepoint.com/sites/a/Docs/Forms/AllItems.aspx?id=%2Fa.png', 'SharePoint'],
		['https://firm.sharepoint.com/sites/a/_layouts/15/embed.aspx?UniqueId=1', 'SharePoint'],
		['https://www.icloud.com.cn/iclouddrive/abc', 'iCloud'],
		['https://www.notion.so/firm/Photo-abc', 'Notion'],
		['https://firm.notion.site/Photo-abc', 'Notion'],
		['https://www.figma.com/design/abc', 'Figma'],
		['https://tmpfiles.org/123/a.png', 'tmpfiles.org'],
		['https://huggingface.co/a/b/blob/main/a.png', 'Hugging Face'],
		['https://gitlab.com/a/b/-/blob/main/a.png', 'GitLab'],
		['https://commons.wikimedia.org/wiki/File:A.jpg', 'Wikimedia'],
		['https://ibb.co/abc', 'ImgBB'],
		['https://www.flickr.com/photos/a/1', 'Flickr'],
		['https://unsplash.com/photos/abc', 'Unsplash'],
		['https://www.pexels.com/de-de/photo/a-1/', 'Pexels'],
		['https://www.reddit.com/r/a/comments/b', 'Reddit'],
		['https://t.me/a/1', 'Telegram'],
		['https://streamable.com/abc', 'Streamable'],
		['https://gofile.io/d/abc', 'Gofile'],
		['https://pixeldrain.com/u/abc', 'Pixeldrain'],
		['https://f.io/abc', 'Frame.io'],
		['https://firm.slack.com/files/U1/F1/a.png', 'Slack'],
		['https://player.vimeo.com/video/1', 'Vimeo'],
		['https://mobile.twitter.com/a/status/1', 'X'],
		['https://www.loom.com/share/abc', 'Loom'],
		['https://bitbucket.org/a/b/src/main/a.png', 'Bitbucket'],
		['https://en.wikipedia.org/wiki/Horse', 'Wikimedia'],
		['https://en.wikipedia.org/wiki/Horse#/media/File:A.jpg', 'Wikimedia'],
		['https://commons.wikimedia.org/w/index.php?title=File:A.jpg', 'Wikimedia'],
		['https://workdrive.zoho.eu/file/abc', 'Zoho WorkDrive'],
		['https://workdrive.zohoexternal.com/external/abc', 'Zoho WorkDrive'],
		['https://app.heygen.com/videos/abc', 'HeyGen'],
		['https://www.veed.io/view/abc', 'VEED'],
		['https://discord.com/channels/1/2/3', 'Discord'],
		['https://vk.com/photo1_2', 'VK'],
	])('%s', (url, site) => {
		expect(one(url)).toContain(`must be a URL of the file itself, but it is a page of ${site}`);
		expect(one(url)).toContain('choose File From Input');
	});

	test.each([
		'https://drive.google.com/uc?export=download&id=1aB_c',
		'https://drive.usercontent.google.com/download?id=1aB_c',
		'https://docs.google.com/presentation/d/1aB_c/export/png',
		'https://lh3.googleusercontent.com/abc=w800',
		'https://www.dropbox.com/scl/fi/abc/a.png?rlkey=x&dl=1',
		'https://www.dropbox.com/s/abc/a.png?raw=1',
		'https://dl.dropboxusercontent.com/s/abc/a.png',
		'https://onedrive.live.com/download?resid=abc',
		'https://firm.sharepoint.com/:i:/g/abc?download=1',
		'https://firm.box.com/shared/static/abc.mp4',
		'https://github.com/a/b/blob/main/a.png?raw=true',
		'https://github.com/a/b/raw/main/a.png',
		'https://i.imgur.com/abc.png',
		'https://firm.sharepoint.com/sites/a/_layouts/15/download.aspx?UniqueId=1',
		'https://firm.sharepoint.com/sites/a/Docs/a.png',
		'https://drive.google.com/u/0/uc?id=1aB_c&export=download',
		'https://www.notion.so/image/https%3A%2F%2Fa.example%2Fa.png',
		'https://tmpfiles.org/dl/123/a.png',
		'https://huggingface.co/a/b/resolve/main/a.png',
		'https://gitlab.com/a/b/-/raw/main/a.png',
		'https://upload.wikimedia.org/wikipedia/commons/a/a0/A.jpg',
		'https://commons.wikimedia.org/wiki/Special:FilePath/A.jpg',
		'https://i.ibb.co/abc/a.png',
		'https://live.staticflickr.com/1/a.jpg',
		'https://unsplash.com/photos/abc/download?force=true',
		'https://images.pexels.com/photos/1/a.jpeg',
		'https://i.redd.it/abc.png',
		'https://pixeldrain.com/api/file/abc',
		'https://player.vimeo.com/external/1.hd.mp4?s=x',
		'https://pbs.twimg.com/media/a.jpg',
		'https://media.giphy.com/media/a/giphy.gif',
		'https://dropbox.com.example.com/s/abc/a.png',
		'https://bitbucket.org/a/b/raw/main/a.png',
		'https://cdn.discordapp.com/attachments/1/2/a.png?ex=1',
		'https://sun9-1.userapi.com/abc/a.jpg',
	])('%s is a file', (url) => {
		expect(one(url)).toEqual({ value: url });
	});

	test('a page is named with the link to its file, where that can be told', () => {
		expect(one('https://drive.google.com/file/d/1aB_c/view')).toContain(
			'https://drive.google.com/uc?export=download&id=1aB_c',
		);
		expect(one('https://www.dropbox.com/s/abc/a.png?dl=0')).toContain(
			'https://www.dropbox.com/s/abc/a.png?dl=1',
		);
		expect(one('https://firm.sharepoint.com/:i:/g/abc?e=x')).toContain(
			'https://firm.sharepoint.com/:i:/g/abc?e=x&download=1',
		);
		expect(one('https://github.com/a/b/blob/main/a.png')).toContain(
			'https://github.com/a/b/raw/main/a.png',
		);
	});

	test('a page is no objection to a callback', () => {
		const value = 'https://drive.google.com/file/d/1aB_c/view';
		expect(reachableUrl(true)(value)).toEqual({ value });
	});

	test('in a list each by its number', () => {
		expect(many([A, 7, { id: 1 }])).toBe(
			`is not usable: image 2 ${begins} a number: 7; image 3 ${begins} an object without a url: {"id":1}`,
		);
		expect(many(`${A}, www.example.com/b.png`)).toContain('image 2 must be a URL');
		expect(many(`${A}\nphoto.png`)).toContain('image 2 must be a URL');
		expect(many(`${A}\n${B} and more`)).toContain('image 2 must be a URL without white space');
	});
});

describe('whatever is given', () => {
	const pieces = fc.constantFrom(
		A,
		B,
		' ',
		',',
		';',
		'\n',
		'\t',
		'"',
		'<',
		'>',
		'[',
		']',
		'{',
		'}',
		':',
		'%',
		'图',
		'\u200b',
		'data:',
		'www.',
		'，',
		'|',
		'<br>',
		'\\n',
		' and ',
		'&',
		'&amp;',
		'://',
		'@',
		'#',
		'?',
		'\\',
		'\0',
		'🐎',
		'\\/',
		'\\u0026',
		'&#38;',
		'#38;',
		'amp;',
		')',
		'(',
		'.',
		'*',
		'\u200d',
		'%E2%80%8B',
	);
	const pasted = fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 12 });

	test('it is a complaint, or URLs that stay what they are when they are read again', () => {
		fc.assert(
			fc.property(pasted, (parts) => {
				const result = many(parts.join(''));
				if (typeof result === 'string') return;
				for (const url of result.value) {
					expect(new URL(url).href).toBe(url);
					expect(url).toMatch(/^https?:\/\/[^\s<>"]+$/);
				}
				expect(many(result.value)).toEqual(result);
			}),
			{
				numRuns: 5_000,
				examples: [
					[[A, ';', '?']],
					[[A, '?', '\\n', ')']],
					[[A, '{', '#', '}']],
					[[A, '?\\', '，', '@']],
				],
			},
		);
		fc.assert(
			fc.property(fc.jsonValue(), (value) => void many(value)),
			{ numRuns: 2_000 },
		);
	});

	test.each([
		...[' ', ',', ';', '\n', '"', '\u200b', '[', 'a:', 'a://', `${A} `, '<'],
		...['|', '，', '<br>', '<br ', '\\n', ' and ', ' & ', '&amp;', 'https://'],
		...['\\', '\\/', '&#', '&#0', '&amp;#0', ')', '(', '.', '%E2%80%8B', '\u200d', '`', '*'],
	])('a long text of %j is read in no time', (piece) => {
		const long = piece.repeat(400_000 / piece.length);
		const before = process.cpuUsage();
		splitUrls(long);
		splitUrls(`${A}${long}x`);
		const { user } = process.cpuUsage(before);
		expect(user / 1_000).toBeLessThan(1_000);
	});
});
