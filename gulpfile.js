const { spawn } = require('node:child_process');
const { dest, parallel, src, watch } = require('gulp');

/** The icons, which the compiler does not carry, go where n8n looks for them. */
const icons = () => src('icons/*.svg', { encoding: false }).pipe(dest('dist/icons'));

const watchIcons = () => watch('icons/*.svg', icons);

const compile = () =>
	spawn('npx', ['tsc', '--watch', '--preserveWatchOutput'], { stdio: 'inherit' });

exports.icons = icons;
exports.default = parallel(icons, watchIcons, compile);
