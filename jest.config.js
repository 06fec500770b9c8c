const shared = {
	testEnvironment: 'node',
	transform: {
		'^.+\\.ts$': [
			'@swc/jest',
			{ jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
		],
	},
};

const suite = (displayName, more = {}) => ({
	...shared,
	displayName,
	testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
	...more,
});

/**
 * Three suites, from fast to whole: pure functions, n8n's engine, an n8n with the package installed; and the core of
 * the last, which runs in other versions of n8n.
 */
module.exports = {
	testTimeout: 20_000,
	// tests mostly wait
	maxWorkers: 4,
	projects: [
		suite('unit', { testMatch: ['<rootDir>/test/{unit,sandbox}/*.test.ts'] }),
		suite('engine', {
			globalSetup: '<rootDir>/test/support/engineFolder.js',
			setupFiles: ['<rootDir>/test/support/engineEnv.js'],
		}),
		suite('e2e', {
			testMatch: ['<rootDir>/test/e2e/*.test.ts'],
			globalSetup: '<rootDir>/test/support/packOnce.ts',
			setupFilesAfterEnv: ['<rootDir>/test/support/e2eEnv.js'],
		}),
		suite('core', {
			testMatch: ['<rootDir>/test/e2e/core/*.test.ts'],
			globalSetup: '<rootDir>/test/support/packOnce.ts',
		}),
	],
};
