import { LIMITS } from '../contract/limits';
import type { Mode } from '../contract/modes';

const { wordsPerSecond, charactersPerSecond, safety } = LIMITS.speech;

/** What can be spoken in a second with some time to spare. */
const SPOKEN = `${Math.floor(wordsPerSecond / safety)} words or ${Math.floor(charactersPerSecond / safety)} Chinese characters`;

const SPEECH = `For speech quote the words, say who speaks and in which language, with at most ${SPOKEN} for each second.`;

/** The maker's rules for prompts in a few sentences, for AI models, which write most prompts. */
export const PROMPT_GUIDE: Record<Mode, string> = {
	textToVideo: `Write about 20 words: subject, action, setting, camera, sound. ${SPEECH}`,
	imageToVideo: `Say what moves, what the camera does and what is heard; do not describe what the image shows. ${SPEECH}`,
	referenceToVideo: `First say what each image is, written [Image 1], [Image 2] with the space; then style, action, camera and sound. ${SPEECH}`,
	editVideo:
		'Say in one sentence what changes and in another what stays, such as face, movement, background and camera. Reference images are written [Image 1], [Image 2].',
};

/** What each rule says where a prompt breaks it, the gravest first. */
export const PROMPT_ADVICE = {
	longSpeech: `The quoted speech is too long for this duration: a second holds about ${SPOKEN}. Shorten it, or make the video longer`,
	otherBrackets:
		'HappyHorse understands images only as [Image 1]: square brackets, and a space before the number',
	unnamedImage:
		'The prompt does not name every reference image. Say what each one is: [Image 1] is the woman, [Image 2] is her dress',
	nothingKept:
		'The prompt says what to change, but not what stays. Add it: keep people, camera and background as they are',
	noSpeaker:
		'The prompt quotes words, but not who speaks them. Add speaker and language: the woman says in English: “…”',
};

export type PromptRule = keyof typeof PROMPT_ADVICE;

/**
 * Finds the rules that a prompt surely breaks, two at most. Knows English, German and Chinese, and is silent about
 * others where words decide.
 *
 * n8n evaluates no code of ours in the editor, so the form's hints take this function along as text: it must use nothing
 * from outside, and never close two braces side by side.
 */
export function rulesBroken(
	prompt: string,
	mode: string,
	seconds: number,
	images: number,
	speech: { wordsPerSecond: number; charactersPerSecond: number },
): PromptRule[] {
	const isChinese =
		/\p{Script=Han}/u.test(prompt) && !/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(prompt);
	const isKnown =
		isChinese ||
		/(^|[^\p{L}])(the|and|with|into|from|this|that|you|have|his|her|make|turn|replace|und|mit|eine|einen|wird|daraus|mach|mache|ändere|ersetze)(?=$|[^\p{L}])/iu.test(
			prompt,
		);
	const quotation = /„[^„“”"]+[“”"]|“[^“”]+”|"[^"]+"|«[^«»]+»|»[^«»]+«|「[^「」]+」|『[^『』]+』/g;
	const title =
		/^.(([\p{Lu}\p{Lo}][\p{L}'’-]*|\p{Ll}{1,3}|with|from|into|over|über),?\s)*[\p{Lu}\p{Lo}][\p{L}'’-]*.$/u;
	const written =
		// Chinese words are escaped, since what ships is in English
		/sign|text|titl|caption|label|logo|word|letter|read|writ|headline|banner|poster|screen|slogan|name|call|print|brand|button|book|song|style|display|shirt|card|note|schild|schrift|titel|wort|plakat|heißt|hieß|steht|lied|buch|\u5b57|\u5199|\u9898|\u5e55|\u62db\u724c|\u6807|\u5c4f|\u724c|\u4e66|\u6b4c|\u540d/i;
	const saying =
		/\b(say|said|speak|spoke|talk|tell|told|ask|answer|repl|respon|whisper|shout|yell|scream|sing|chant|murmur|mutter|announc|exclaim|cry|cries|greet|narrat|voice|dialog|explain|introduc|declar|recit|comment|joke|beg|thank|add|order|promis|warn|mouth|lips?\b|laugh|sag|spr[ei]|frag|ruf|flüster|schrei|antwort|erzähl|stimm|murmel|erklär|begrüß|liest|rede)|\u8bf4|\u9053|\u95ee|\u558a|\u53eb|\u5531|\u8bb2|\u5ff5|\u7b54|\u767d|\u914d\u97f3|\u58f0|\u53f0\u8bcd|\u4f4e\u8bed/i;
	const keeping =
		/keep|kept|stay|remain|unchanged|same|preserv|retain|maintain|leav|only|else|rest\b|without|n[o']t\b|\bno\b|never|as (it|they|he|she)|as before|original|intact|untouched|otherwise|just|identical|behalt|behält|bleib|unverändert|gleich|nur\b|lass|lässt|sonst|ohne|nicht|kein|wie (es|sie|er|bisher)|\u4fdd|\u4e0d|\u53ea|\u4ec5|\u5176[\u4ed6\u4f59\u5b83]|\u539f|\u7ef4\u6301|\u522b|\u540c|\u4e00\u6837|\u7559/i;
	let words = 0;
	let characters = 0;
	let isUnspoken = false;
	for (const match of prompt.matchAll(quotation)) {
		const before = prompt.slice(Math.max(0, match.index - 60), match.index);
		const text = match[0];
		const isInch = text.startsWith('"') && /\d$/.test(before);
		if (isInch || written.test(before)) continue;
		const han = (text.match(/\p{Script=Han}/gu) || []).length;
		const others = (text.match(/[\p{L}\p{N}'’-]+/gu) || []).filter(
			(word) => !/\p{Script=Han}/u.test(word),
		).length;
		words += others;
		characters += han;
		const isLong = others > 2 || han > 3;
		if (isLong && !title.test(text) && !/[:：,，–—-]\s*$/.test(before)) isUnspoken = true;
	}
	const isNumbered = mode === 'referenceToVideo' || mode === 'editVideo';
	const isOtherwiseWritten =
		isNumbered &&
		/[({<（【〔「『]\s*(image|\u56fe|\u56fe\u7247)\s*\d+\s*[)}>）】〕」』]|@image\s*\d|\[(?!image \d+\])\s*(image|\u56fe|\u56fe\u7247)[\s#_-]*\d+\s*\]/i.test(
			prompt,
		);
	const isRange = /\[image \d+\]\s*(-|–|to|through|bis|\u5230|\u81f3)\s*\[image \d+\]/i.test(
		prompt,
	);
	const unnamed = Array.from({ length: images }, (_, index) => index + 1).some(
		(number) => !prompt.toLowerCase().includes(`[image ${number}]`),
	);
	const length = words / speech.wordsPerSecond + characters / speech.charactersPerSecond;
	const broken: Array<PromptRule | ''> = [
		mode !== 'editVideo' && length > seconds ? 'longSpeech' : '',
		isOtherwiseWritten ? 'otherBrackets' : '',
		isNumbered && unnamed && !isRange && !isOtherwiseWritten ? 'unnamedImage' : '',
		mode === 'editVideo' && isKnown && !keeping.test(prompt) ? 'nothingKept' : '',
		isKnown && isUnspoken && !saying.test(prompt.replace(quotation, '')) ? 'noSpeaker' : '',
	];
	return broken.flatMap((rule) => rule || []).slice(0, 2);
}
