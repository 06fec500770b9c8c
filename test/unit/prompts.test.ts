import { PROMPT_ADVICE, rulesBroken } from '../../nodes/HappyHorse/form/promptRules';
import { LIMITS } from '../../nodes/HappyHorse/contract/limits';
import type { Mode } from '../../nodes/HappyHorse/contract/modes';
import { formHints } from '../support/formHints';

const [TEXT, IMAGE, REFERENCES, EDIT] = [
	'textToVideo',
	'imageToVideo',
	'referenceToVideo',
	'editVideo',
] as const;

type Row = [prompt: string, mode: Mode, seconds: number, images: number, rules: string[]];

const GOOD: Row[] = [
	['A red fox trots through fresh snow, low tracking shot, soft morning light', TEXT, 5, 0, []],
	['Close-up of an espresso pouring, steam rising, the machine hisses', TEXT, 3, 0, []],
	['She lifts her head and smiles; slow push-in, wind in the trees', IMAGE, 5, 0, []],
	['An old fisherman says calmly in English: “The sea gives, the sea takes.”', TEXT, 5, 0, []],
	['[00:00-00:04] Wide shot of a market. [00:04-00:08] A boy shouts "Fresh fish!"', TEXT, 8, 0, []],
	['[Image 1] is the woman, [Image 2] is her fan. She opens it and laughs.', REFERENCES, 5, 2, []],
	['Replace the jacket with the one in [Image 1]; keep face, pose and camera', EDIT, 0, 1, []],
	['Turn it into a watercolor painting. Movement and framing stay the same.', EDIT, 0, 0, []],
	['A neon sign above the door reads "Open all night for the lost and lonely"', TEXT, 3, 0, []],
	['女孩微笑着用普通话说:“早上好,欢迎回家。”镜头缓缓推近', TEXT, 5, 0, []],
];

const BAD: Row[] = [
	[
		'The host says: "Welcome to the show, tonight we have five amazing guests, a live band and a few surprises for all of you"',
		TEXT,
		5,
		0,
		['longSpeech'],
	],
	[
		'他说:“今天我们要给大家介绍一款全新的智能手表,它可以测量心率和睡眠。”',
		TEXT,
		5,
		0,
		['longSpeech'],
	],
	['A man on a bench "I should have called her yesterday"', TEXT, 6, 0, ['noSpeaker']],
	['Two friends in the rain. "Do you remember me?" "Of course I do!"', TEXT, 8, 0, ['noSpeaker']],
	['Make it night', EDIT, 0, 0, ['nothingKept']],
	['Change the color of the car to blue', EDIT, 0, 0, ['nothingKept']],
	['The woman in [Image 1] picks up a fan', REFERENCES, 5, 2, ['unnamedImage']],
	['A woman dances in the rain', REFERENCES, 5, 1, ['unnamedImage']],
	['The man from (Image 1) meets the woman from {image 2}', REFERENCES, 5, 2, ['otherBrackets']],
	['Put the hat from <Image 1> on the dog', EDIT, 0, 1, ['otherBrackets', 'nothingKept']],
	['The man from [Image1] waves to the woman from [Image2]', REFERENCES, 5, 2, ['otherBrackets']],
	['@Image1 rides the bike of @Image2', REFERENCES, 5, 2, ['otherBrackets']],
	['【图1】的男孩骑着【图片2】的自行车', REFERENCES, 5, 2, ['otherBrackets']],
	['The man from [Image 1] has an account @image of his', REFERENCES, 5, 1, []],
];

const ODD: Row[] = [
	['🐴🌊🌅', TEXT, 5, 0, []],
	['🐱 says “meow meow meow” 🎵', TEXT, 3, 0, []],
	['把背景换成雪山', EDIT, 0, 0, ['nothingKept']],
	['把背景换成雪山,人物保持不变', EDIT, 0, 0, []],
	['Mach daraus eine Nachtszene mit Regen', EDIT, 0, 0, ['nothingKept']],
	['Nur der Himmel wird rot, alles andere bleibt', EDIT, 0, 0, []],
	['Eine Frau in der Küche flüstert: „Das ist unser Geheimnis, hörst du?“', TEXT, 5, 0, []],
	['Сделай ночь', EDIT, 0, 0, []],
	['A 6" nail and a 12" board, with sparks', TEXT, 5, 0, []],
	['A rainy city in the mood of "Blade Runner" and "The Third Man", neon', TEXT, 8, 0, []],
	['A street band plays "When the Saints Go Marching In", people dance', TEXT, 10, 0, []],
	['女孩在广场上弹奏“月光奏鸣曲”,镜头环绕', TEXT, 5, 0, []],
	['Eine Straße wie in „Der Himmel über Berlin“, mit Nebel', TEXT, 5, 0, []],
	['The rain falls. "We Need To Go Now!" and she leaves', TEXT, 5, 0, ['noSpeaker']],
	['From [Image 1] to [Image 3]: the seasons pass. {{ }} "', REFERENCES, 5, 3, []],
];

test.each([...GOOD, ...BAD, ...ODD])('%s', (prompt, mode, duration, images, rules) => {
	expect(rulesBroken(prompt, mode, duration, images, LIMITS.speech)).toEqual(rules);
	const imageUrls = Array.from({ length: images }, (_, n) => `https://a.example/${n},x.png`);
	const shown = formHints({ operation: mode, prompt, duration, imageUrls: imageUrls.join('\n') });
	const advice = Object.entries(PROMPT_ADVICE).flatMap(([rule, text]) =>
		rules.includes(rule) ? [text] : [],
	);
	expect(shown.filter((text) => Object.values(PROMPT_ADVICE).includes(text))).toEqual(advice);
});

test('an expression is judged after the run, not in the form', () => {
	expect(formHints({ operation: EDIT, prompt: '=Make it night' }).join()).not.toContain(
		'what stays',
	);
	const files = { imageSource: 'binary', imageBinaryProperty: 'one, two' };
	expect(formHints({ operation: REFERENCES, prompt: 'As in [Image 1]', ...files })).toContain(
		PROMPT_ADVICE.unnamedImage,
	);
});
