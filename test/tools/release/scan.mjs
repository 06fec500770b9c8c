// `node test/tools/release/scan.mjs <unpacked tarball>`: runs n8n's package scanner on the sources and the shipped files
import { fileURLToPath } from 'node:url';

import {
	analyzePackage,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const [, , unpacked] = process.argv;
const sources = await analyzePackage(root, SOURCE_FILE_PATTERNS);
const shipped = await analyzePackage(unpacked, ['**/*.js', 'package.json']);
process.stdout.write(JSON.stringify({ sources, shipped }));
