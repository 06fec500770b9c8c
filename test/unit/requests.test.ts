import { LIMITS } from '../../nodes/HappyHorse/contract/limits';
import type { Mode } from '../../nodes/HappyHorse/contract/modes';
import { parseCostInput, parseVideoRequest } from '../../nodes/HappyHorse/contract/requests';
import { trueOrFalse } from '../../nodes/HappyHorse/validation/parse';

const image = 'https://example.com/a.png';
const images = (count: number) =>
	Array.from({ length: count }, (_, index) => `https://example.com/${index}.png`);

const VALID: Record<Mode, Record<string, unknown>> = {
	textToVideo: { prompt: 'A horse', aspectRatio: '16:9', resolution: '720p', duration: 5 },
	imageToVideo: { prompt: 'It runs', imageUrl: image, resolution: '720p', duration: 5 },
	referenceToVideo: {
		prompt: '[Image 1] rides',
		imageUrls: [image],
		aspectRatio: '16:9',
		resolution: '720p',
		duration: 5,
	},
	editVideo: {
		prompt: 'At night',
		videoUrl: 'https://example.com/a.mp4',
		imageUrls: '',
		audioSetting: 'auto',
		resolution: '720p',
	},
};

const parse = (mode: Mode, changes: Record<string, unknown> = {}, publicOnly = true) =>
	parseVideoRequest(mode, { ...VALID[mode], ...changes }, { publicOnly });

const complaintsOf = (...args: Parameters<typeof parse>) => {
	const parsed = parse(...args);
	return 'complaints' in parsed
		? parsed.complaints.map(({ field, message }) => `${field} ${message}`)
		: [];
};

const bodyOf = (...args: Parameters<typeof parse>) => {
	const parsed = parse(...args);
	if ('complaints' in parsed) throw new Error(JSON.stringify(parsed.complaints));
	return parsed.value.body;
};

describe('what is sent for each mode', () => {
	test('text to video', () => {
		expect(bodyOf('textToVideo', { seed: 7 })).toEqual({
			model: 'happyhorse-1.0-text-to-video',
			input: {
				prompt: 'A horse',
				aspect_ratio: '16:9',
				resolution: '720p',
				duration: 5,
				seed: 7,
			},
		});
	});

	test('image to video takes the aspect ratio of its image, so none is sent', () => {
		expect(bodyOf('imageToVideo', { aspectRatio: '1:1' })).toEqual({
			model: 'happyhorse-1.0-image-to-video',
			input: { prompt: 'It runs', image_urls: [image], resolution: '720p', duration: 5 },
		});
	});

	test('reference to video', () => {
		expect(bodyOf('referenceToVideo', { imageUrls: images(9) }).input).toEqual({
			prompt: '[Image 1] rides',
			image_urls: images(9),
			aspect_ratio: '16:9',
			resolution: '720p',
			duration: 5,
		});
	});

	test('an edit has neither duration nor aspect ratio, and no images unless some are given', () => {
		const body = bodyOf('editVideo', { duration: 5, aspectRatio: '1:1', audioSetting: 'origin' });
		expect(body).toEqual({
			model: 'happyhorse-1.0-video-edit',
			input: {
				prompt: 'At night',
				video_urls: ['https://example.com/a.mp4'],
				audio_setting: 'origin',
				resolution: '720p',
			},
		});
	});

	test('a callback URL goes beside the input', () => {
		const callbackUrl = 'https://n8n.example.com/webhook/x';
		expect(bodyOf('textToVideo', { callbackUrl }).callback_url).toBe(callbackUrl);
	});
});

describe('prompt', () => {
	const { max } = LIMITS.prompt;

	test.each([
		['', 'must not be empty'],
		[null, 'must not be empty'],
		['  \n ', 'must not be empty'],
		[42, 'must be text, but it is 42'],
		['a'.repeat(max + 1), 'must be at most 2,500 characters long, but it has 2,501'],
		['😀'.repeat(max + 1), 'must be at most 2,500 characters long, but it has 2,501'],
	])('%p is refused', (prompt, message) => {
		expect(complaintsOf('textToVideo', { prompt })).toEqual([`prompt ${message}`]);
	});

	test.each([['a'], ['😀'.repeat(max)], ['雨夜霓虹街道'], [' a ']])(
		'characters are counted as people do: case %#',
		(prompt) => {
			expect(bodyOf('textToVideo', { prompt }).input.prompt).toBe(prompt);
		},
	);
});

describe('numbers', () => {
	test.each([
		[2, 2],
		[16, 16],
		[4.5, 4.5],
		['x', '"x"'],
		['', 'empty'],
		[null, 'empty'],
		[Number.NaN, 'null'],
		[true, 'true'],
		[[5], '[5]'],
	])('a duration of %p is refused', (duration, shown) => {
		expect(complaintsOf('textToVideo', { duration })).toEqual([
			`duration must be a whole number from 3 to 15, but it is ${shown}`,
		]);
	});

	test.each([
		[3, 3],
		[15, 15],
		['7', 7],
	])('a duration of %p is %p', (duration, sent) => {
		expect(bodyOf('textToVideo', { duration }).input.duration).toBe(sent);
	});

	test.each([[-1], [LIMITS.seed.max + 1], [0.5], [''], [null]])(
		'a seed of %p is refused',
		(seed) => {
			expect(complaintsOf('textToVideo', { seed })).toEqual([
				expect.stringMatching(/^seed must be a whole number from 0 to 2,147,483,647/),
			]);
		},
	);

	test.each([
		[0, 0],
		[LIMITS.seed.max, LIMITS.seed.max],
		[undefined, undefined],
	])('a seed of %p is sent as %p', (seed, sent) => {
		expect(bodyOf('textToVideo', { seed }).input.seed).toBe(sent);
	});
});

describe('choices', () => {
	test.each([
		['textToVideo', 'resolution', '4k'],
		['textToVideo', 'aspectRatio', '2:1'],
		['editVideo', 'audioSetting', 'mute'],
		['textToVideo', 'resolution', 'constructor'],
	] as const)('%s: a %s of %p is refused with the choices named', (mode, field, value) => {
		expect(complaintsOf(mode, { [field]: value })).toEqual([
			expect.stringMatching(new RegExp(`^${field} must be one of .+, but it is "${value}"$`)),
		]);
	});
});

describe('URLs', () => {
	test.each([
		['', 'is empty'],
		['example.com/a.png', 'begins with http'],
		['ftp://example.com/a.png', 'begins with http'],
		['file:///etc/passwd', 'begins with http'],
		['data:image/png;base64,AAAA', 'does not take Base64'],
		['iVBORw0KGgoAAAANSUhEUgAA', 'begins with http'],
		['http://localhost/a.png', 'local or private'],
		['http://localhost./a.png', 'local or private'],
		['http://app.localhost:3000/a.png', 'local or private'],
		['http://nas/a.png', 'local or private'],
		['http://nas.local/a.png', 'local or private'],
		['http://10.1.2.3/a.png', 'local or private'],
		['http://172.16.0.1/a.png', 'local or private'],
		['http://172.31.255.255/a.png', 'local or private'],
		['http://192.168.1.1/a.png', 'local or private'],
		['http://127.1/a.png', 'local or private'],
		['http://0x7f000001/a.png', 'local or private'],
		['http://2130706433/a.png', 'local or private'],
		['http://169.254.169.254/latest', 'local or private'],
		['http://100.64.0.1/a.png', 'local or private'],
		['http://[::1]/a.png', 'local or private'],
		['http://[fd00::1]/a.png', 'local or private'],
		['http://[fe80::1]/a.png', 'local or private'],
		['http://[::ffff:192.168.0.1]/a.png', 'local or private'],
	])('%s is refused', (imageUrl, message) => {
		expect(complaintsOf('imageToVideo', { imageUrl })).toEqual([expect.stringContaining(message)]);
	});

	test.each([
		['http://example.com/a.png'],
		['https://172.32.0.1/a.png'],
		['https://11.0.0.1/a.png'],
		['http://[2606:4700::1111]/a.png'],
		['http://[::ffff:808:808]/a.png'],
	])('%s is taken', (imageUrl) => {
		expect(bodyOf('imageToVideo', { imageUrl }).input.image_urls).toEqual([imageUrl]);
	});

	test('a local service may be given local URLs', () => {
		expect(complaintsOf('imageToVideo', { imageUrl: 'http://localhost/a.png' }, false)).toEqual([]);
	});

	test('a callback URL must be reachable too', () => {
		expect(complaintsOf('textToVideo', { callbackUrl: 'http://localhost:5678/webhook/x' })).toEqual(
			[expect.stringContaining('callbackUrl must be a URL that HappyHorse can reach')],
		);
	});
});

describe('lists of images', () => {
	const two = ['https://example.com/1.png', 'https://example.com/2.png'];

	test.each([
		['an array', two],
		['one a line', two.join('\n')],
		['Windows lines with blanks', `\r\n ${two.join(' \r\n\r\n')}\r\n`],
		['a comma list', two.join(', ')],
		['a comma list without blanks', two.join(',')],
		['a comma list with a comma at the end', `${two.join(',')},`],
		['a JSON array', JSON.stringify(two)],
	])('%s', (_form, imageUrls) => {
		expect(bodyOf('referenceToVideo', { imageUrls }).input.image_urls).toEqual(two);
	});

	test('a comma inside a URL does not cut it', () => {
		const imageUrls = 'https://img.example.com/w_300,h_200/a.png, https://example.com/b.png';
		expect(bodyOf('referenceToVideo', { imageUrls }).input.image_urls).toEqual([
			'https://img.example.com/w_300,h_200/a.png',
			'https://example.com/b.png',
		]);
	});

	test.each([
		['referenceToVideo', [], 'must have 1 to 9 URLs, but it has none'],
		['referenceToVideo', '', 'must have 1 to 9 URLs, but it has none'],
		['referenceToVideo', images(10), 'must have 1 to 9 URLs, but it has 10'],
		['editVideo', images(6), 'must have at most 5 URLs, but it has 6'],
		['referenceToVideo', '[broken', 'image 1 must be a URL'],
		['referenceToVideo', [image, 7], 'image 2 must be a URL'],
		['referenceToVideo', { id: 1 }, 'image 1 must be a URL'],
		['referenceToVideo', [image, 'data:image/png;base64,AA,BB'], 'image 2 must be a public URL'],
	] as const)('%s with %j is refused', (mode, imageUrls, message) => {
		expect(complaintsOf(mode, { imageUrls, prompt: 'x' })).toEqual([
			expect.stringContaining(message),
		]);
	});
});

describe('[Image N] in a prompt', () => {
	test.each([
		['referenceToVideo', '[Image 3] and [Image 2]', { imageUrls: images(2) }, '[Image 3]'],
		['referenceToVideo', '[image 0]', { imageUrls: images(2) }, '[Image 0]'],
		['editVideo', '[Image 1]', {}, '[Image 1], but no image is given'],
	] as const)('%s: %s is refused', (mode, prompt, changes, message) => {
		expect(complaintsOf(mode, { prompt, ...changes })).toEqual([
			expect.stringContaining(`prompt mentions ${message}`),
		]);
	});

	test.each([
		['[Image1]', '[Image1]', '[Image 1]'],
		['[image1] and [IMAGE-2]', '[image1], [IMAGE-2]', '[Image 1], [Image 2]'],
		['[Image#1], [Image 2]', '[Image#1]', '[Image 1]'],
		['[ Image_1 ]', '[ Image_1 ]', '[Image 1]'],
	])('%s is not understood by the model', (prompt, found, right) => {
		for (const mode of ['referenceToVideo', 'editVideo'] as const)
			expect(complaintsOf(mode, { prompt, imageUrls: images(2) })).toEqual([
				`prompt contains ${found}, which HappyHorse does not understand; write ${right}`,
			]);
	});

	test.each(['textToVideo', 'imageToVideo'] as const)(
		'%s: it is mere text, which is let through with a hint',
		(mode) => {
			const prompt = 'As in [Image 2]';
			expect(parse(mode, { prompt })).toMatchObject({
				value: {
					body: { input: { prompt } },
					hints: ['The prompt mentions [Image 2], but this operation has no numbered images.'],
				},
			});
		},
	);

	test('every image that is given may be named', () => {
		const prompt = '[Image 1], [image 2] and [Image 1] again, [Image] and [1]';
		expect(complaintsOf('referenceToVideo', { prompt, imageUrls: images(2) })).toEqual([]);
	});
});

test('all complaints come at once', () => {
	const complaints = complaintsOf('referenceToVideo', {
		prompt: '[Image 2]',
		imageUrls: [image],
		aspectRatio: 'wide',
		resolution: 'high',
		duration: 1,
		seed: -1,
	});
	expect(complaints.map((complaint) => complaint.split(' ')[0]).sort()).toEqual([
		'aspectRatio',
		'duration',
		'prompt',
		'resolution',
		'seed',
	]);
});

describe('cost input', () => {
	test('an edit needs the length of its clip, the others that of the video', () => {
		const edit = { mode: 'editVideo', resolution: '720p', inputVideoDuration: 2, duration: 5 };
		expect(parseCostInput(edit)).toEqual({
			complaints: [
				{
					field: 'inputVideoDuration',
					message: 'must be a number from 3 to 60, but it is 2',
				},
			],
		});
		expect(parseCostInput({ ...edit, mode: 'textToVideo' })).toEqual({
			value: { mode: 'textToVideo', resolution: '720p', duration: 5 },
		});
	});

	test('an unknown mode is refused', () => {
		expect(parseCostInput({ mode: 'toString' })).toEqual({
			complaints: [{ field: 'mode', message: expect.stringContaining('must be one of') }],
		});
	});
});

test.each([
	[true, true],
	['TRUE', true],
	[' false\n', false],
])('%j, as a sheet or an expression may have it, is %p', (given, value) => {
	expect(trueOrFalse(given)).toEqual({ value });
});
