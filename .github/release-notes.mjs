// `node .github/release-notes.mjs <version>`: what CHANGELOG.md says of a version
import { readFileSync } from 'node:fs';

const [, , version] = process.argv;
const changelog = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8');
const section = changelog
	.split(/^## /m)
	.slice(1)
	.find((text) => text.split(/\s/, 1)[0] === version);
if (section === undefined) {
	process.stderr.write(`CHANGELOG.md has nothing about ${version}\n`);
	process.exit(1);
}
process.stdout.write(`${section.slice(section.indexOf('\n')).trim()}\n`);
