import {
	creditsToUsd,
	estimateCredits,
	worstCaseCredits,
} from '../../nodes/HappyHorse/contract/cost';

describe('price', () => {
	test.each([
		[{ mode: 'textToVideo', resolution: '720p', duration: 5 }, 137.5],
		[{ mode: 'imageToVideo', resolution: '1080p', duration: 15 }, 727.5],
		[{ mode: 'referenceToVideo', resolution: '720p', duration: 3 }, 82.5],
		[{ mode: 'editVideo', resolution: '720p', inputVideoDuration: 10 }, 550],
		[{ mode: 'editVideo', resolution: '1080p', inputVideoDuration: 60 }, 3637.5],
		[{ mode: 'editVideo', resolution: '720p', inputVideoDuration: 15.5 }, 838.75],
		[{ mode: 'editVideo', resolution: '720p' }, undefined],
	] as const)('%j costs %p credits', (input, credits) => {
		expect(estimateCredits(input)).toBe(credits);
	});

	test('an edit of unknown length costs at most what the longest clip does', () => {
		expect(worstCaseCredits({ mode: 'editVideo', resolution: '720p' })).toBe(75 * 27.5);
		const edit = { mode: 'editVideo', resolution: '720p', inputVideoDuration: 3 } as const;
		expect(worstCaseCredits(edit)).toBe(75 * 27.5);
		expect(worstCaseCredits({ ...edit, longestInput: 3 })).toBe(165);
	});

	test('in US dollars', () => {
		expect(creditsToUsd(137.5)).toBe(0.6875);
	});
});
