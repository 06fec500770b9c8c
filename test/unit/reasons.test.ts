import { inEnglish } from '../../nodes/HappyHorse/errors/reasons';

describe('a reason that the service gives', () => {
	test.each([
		['InvalidParameter: prompt 包含敏感词', 'sensitive'],
		['图片违规', 'content rules'],
		['内容不合规', 'content rules'],
		['涉及版权问题', 'copyright'],
		['生成超时', 'ran out of time'],
	])('is told in English where it is a known one, with the original kept: %s', (said, meaning) => {
		expect(inEnglish(said)).toContain(meaning);
		expect(inEnglish(said)).toContain(`(“${said}”)`);
	});

	test.each(['The request failed', '未知的原因', ''])('stays as it is otherwise: %s', (said) =>
		expect(inEnglish(said)).toBe(said),
	);
});
