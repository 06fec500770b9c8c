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
	otherBrackets: 'HappyHorse understands images in square brackets only: write [Image 1]',
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
	const quotation = /„[^“”"]+[“”"]|“[^”]+”|"[^"]+"|«[^»]+»|»[^«]+«|「[^」]+」|『[^』]+』/g;
	const written =
		/sign|text|titl|caption|label|logo|word|letter|read|writ|headline|banner|poster|screen|slogan|name|call|print|brand|button|book|song|style|display|shirt|card|note|schild|schrift|titel|wort|plakat|heißt|hieß|steht|lied|buch|字|写|题|幕|招牌|标|屏|牌|书|歌|名/i;
	const saying =
		/\b(say|said|speak|spoke|talk|tell|told|ask|answer|repl|respon|whisper|shout|yell|scream|sing|chant|murmur|mutter|announc|exclaim|cry|cries|greet|narrat|voice|dialog|explain|introduc|declar|recit|comment|joke|beg|thank|add|order|promis|warn|mouth|lips?\b|laugh|sag|spr[ei]|frag|ruf|flüster|schrei|antwort|erzähl|stimm|murmel|erklär|begrüß|liest|rede)|说|道|问|喊|叫|唱|讲|念|答|白|配音|声|台词|低语/i;
	const keeping =
		/keep|kept|stay|remain|unchanged|same|preserv|retain|maintain|leav|only|else|rest\b|without|n[o']t\b|\bno\b|never|as (it|they|he|she)|as before|original|intact|untouched|otherwise|just|identical|behalt|behält|bleib|unverändert|gleich|nur\b|lass|lässt|sonst|ohne|nicht|kein|wie (es|sie|er|bisher)|保|不|只|仅|其[他余它]|原|维持|别|同|一样|留/i;
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
		if ((others > 2 || han > 3) && !/[:：,，–—-]\s*$/.test(before)) isUnspoken = true;
	}
	const isNumbered = mode === 'referenceToVideo' || mode === 'editVideo';
	const isInOtherBrackets =
		isNumbered && /[({<（【〔「『]\s*image\s*\d+\s*[)}>）】〕」』]/i.test(prompt);
	const isRange = /\[image \d+\]\s*(-|–|to|through|bis|到|至)\s*\[image \d+\]/i.test(prompt);
	const unnamed = Array.from({ length: images }, (_, index) => index + 1).some(
		(number) => !prompt.toLowerCase().includes(`[image ${number}]`),
	);
	const length = words / speech.wordsPerSecond + characters / speech.charactersPerSecond;
	const broken: Array<PromptRule | ''> = [
		mode !== 'editVideo' && length > seconds ? 'longSpeech' : '',
		isInOtherBrackets ? 'otherBrackets' : '',
		isNumbered && unnamed && !isRange && !isInOtherBrackets ? 'unnamedImage' : '',
		mode === 'editVideo' && isKnown && !keeping.test(prompt) ? 'nothingKept' : '',
		isKnown && isUnspoken && !saying.test(prompt.replace(quotation, '')) ? 'noSpeaker' : '',
	];
	return broken.flatMap((rule) => rule || []).slice(0, 2);
}
