// Switches off one rule at a time, in a copy, and expects the tests to notice. `npm run mutate`; takes some minutes.
import { spawnSync } from 'node:child_process';
import {
	cpSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const NODE = 'nodes/HappyHorse';

/** The rule, the file, what stands there, and what stands there without the rule. */
const MUTATIONS = [
	[
		'a POST whose answer was lost is not repeated',
		'service/retry.ts',
		"return NEVER_SENT.includes(setback.code ?? '');",
		'return true;',
	],
	[
		'a 503 counts only in the service’s own words',
		'service/retry.ts',
		"return createdNothing(setback) && (setback.kind === 'silence' || setback.code !== undefined);",
		'return createdNothing(setback) || true;',
	],
	[
		'a spending limit is not waited out',
		'service/retry.ts',
		"setback.code !== 'spend_limit_exceeded'",
		'true',
	],
	[
		'a POST is given up after some attempts',
		'service/retry.ts',
		'!isRateLimit(setback) && attempts >= MOST_ATTEMPTS',
		'false',
	],
	[
		'Retry-After is kept',
		'service/retry.ts',
		'Math.max(asked ?? backOff, 0)',
		'Math.max(backOff, 0)',
	],
	['Retry-After holds back the whole run', 'service/request.ts', 'limiter.hold(pauseMs);', ';'],
	[
		'the first trouble stops the next POST',
		'service/request.ts',
		'if (stopsAtFirstTrouble) stop.stop(halted());',
		'',
	],
	[
		'nothing is sent after a stop',
		'service/request.ts',
		'			stop.throwIfStopped();\n			const attempt',
		'			const attempt',
	],
	[
		'a POST under way is not aborted',
		'service/request.ts',
		"call.method === 'POST'\n				? await request(timeout)\n				:",
		'',
	],
	[
		'no redirect is followed with the key',
		'service/request.ts',
		'disableFollowRedirect: true,',
		'',
	],
	[
		'a task’s answer is about that task',
		'service/request.ts',
		'taskSchema.refine(({ id }) => id === taskId)',
		'taskSchema',
	],
	[
		'a lost answer is told as such',
		'errors/messages.ts',
		"const mayExist = call.method === 'POST' && !createdNothing(setback);",
		'const mayExist = false;',
	],
	[
		'a key that is quoted is not passed on',
		'errors/messages.ts',
		".replace(/\\bsk-[\\w-]{4,}/g, 'sk-…')",
		'',
	],
	['HTML is not a video', 'files/download.ts', 'if (NOT_A_VIDEO.test(contentType))', 'if (false)'],
	[
		'a stalled download is ended',
		'files/traffic.ts',
		'if (received === before) onStall();',
		'if (false) onStall();',
	],
	[
		'a cut download is tried again',
		'files/download.ts',
		'attempt === MOST_ATTEMPTS',
		'attempt >= 1',
	],
	[
		'an earlier try’s task is taken up',
		'actions/generate.ts',
		"	if (earlier === 'lost') throw lostBefore();\n	if (earlier) {",
		"	if (earlier === 'lost') throw lostBefore();\n	if (earlier && false) {",
	],
	[
		'a request whose answer was lost is not sent in another try',
		'actions/generate.ts',
		"if (trouble.taskMayExist) run.ledger.note(item, body, 'lost');",
		'',
	],
	['a run that has delivered leaves nothing', 'actions/generate.ts', 'run.ledger.clear();', ';'],
	[
		'the balance is compared with what is still to be paid',
		'actions/generate.ts',
		'run.ledger.find(item, request.request.body) === undefined',
		'true',
	],
	['Max Credits refuses', 'actions/budget.ts', 'if (total <= credits) return;', 'return;'],
	[
		'custom data names the tasks',
		'actions/generate.ts',
		'addToCustomData(run.context, taskId);',
		'',
	],
	[
		'a failed task is made anew',
		'run/paidTasks.ts',
		"typeof entry === 'object' && entry.status === 'failed' ? undefined : entry",
		'entry',
	],
	[
		'a loop’s round pays anew',
		'run/paidTasks.ts',
		'`${context.getExecutionId()}:${runIndex}`',
		'`${context.getExecutionId()}`',
	],
	[
		'another execution pays anew',
		'run/paidTasks.ts',
		'`${context.getExecutionId()}:${runIndex}`',
		'`${runIndex}`',
	],
	[
		'a stop names the other tasks',
		'run/items.ts',
		'if (others.length === 0) return error;',
		'return error;',
	],
	[
		'one complaint keeps everything from being sent',
		'actions/execute.ts',
		'if (!context.continueOnFail()) refuseComplaints(operation, readings);',
		'',
	],
	['a task’s status is kept up to date', 'run/poll.ts', 'task.status = answer.value.status;', ''],
	[
		'the wait ends',
		'run/poll.ts',
		'if (Date.now() >= deadline) throw timedOut(task, patience);',
		'',
	],
	[
		'a failed task is not a video',
		'run/deliver.ts',
		"if (task.status === 'failed') {",
		'if (false) {',
	],
	[
		'a video URL is http',
		'schema/responses.ts',
		"typeof url === 'string' && parseHttpUrl(url) !== undefined",
		"typeof url === 'string'",
	],
	[
		'callback: what it claims is compared with the service’s answer',
		'callbacks/startRun.ts',
		'const isTrue = isTerminal(task.value) && (claim === undefined || claim === task.value.status);',
		'const isTrue = true;',
	],
	[
		'callback: a copy that comes at the same moment starts no second run',
		'callbacks/startRun.ts',
		'if (memory && !memory.claim(task.id)) return answer(context, 200);',
		'memory?.claim(task.id);',
	],
	[
		'callback: a task whose run n8n could not start is not marked',
		'callbacks/startedTasks.ts',
		"response.once('close', () => response.statusCode >= 300 && starts.delete(key));",
		'',
	],
	[
		'callback: marks that were loaded at the same time do not overwrite each other',
		'callbacks/startedTasks.ts',
		'if (isDone && at >',
		'if (!isDone && at >',
	],
	['callback: marks are bounded in number', 'callbacks/startedTasks.ts', '.slice(-MOST_TASKS)', ''],
	[
		'callback: marks are bounded in age',
		'callbacks/startedTasks.ts',
		'.filter(([day]) => day >= oldest)',
		'',
	],
	[
		'callback: the header names the same task',
		'schema/callback.ts',
		'if (headerId !== undefined && headerId !== taskId) return undefined;',
		'',
	],
	[
		'callback: a megabyte is the most',
		'callbacks/incoming.ts',
		'if (sizeOf(context) > MOST_BYTES) return { status: 413 };',
		'',
	],
	[
		'callback: it is answered in time',
		'service/connection.ts',
		'stop.stop(tooLate())',
		'undefined',
	],
	[
		'callback: what goes wrong is not thrown to n8n',
		'callbacks/incoming.ts',
		'		return answer(context, 503);',
		'		throw error;',
	],
	[
		'parked: a run goes on only when all its tasks are finished',
		'callbacks/wake.ts',
		'if (results.includes(false)) return undefined;',
		'',
	],
	[
		'parked: a callback for another run’s task costs no request',
		'callbacks/wake.ts',
		'if (!parked || !tasks.some((task) => task.taskId === taskId)) return answer(context, 403);',
		'if (!parked) return answer(context, 403);',
	],
	[
		'parked: a run is taken up once',
		'callbacks/wake.ts',
		'if (!finished || wasResumed(parked)) return answer(context, 200);',
		'if (!finished) return answer(context, 200);',
	],
	[
		'parked: what is known of a finished task is not asked again',
		'callbacks/taskStates.ts',
		'if (answer) return answer;',
		'break;',
	],
	[
		'parked: the node runs once more when all tasks are finished',
		'callbacks/wake.ts',
		'delete next.node.disabled;',
		'',
	],
	[
		'parked: a run that n8n could not go on with is taken up by the next callback',
		'callbacks/wake.ts',
		'resumed.delete(parked.run)',
		'false',
	],
	[
		'parked: the run that was parked is taken up, and not made anew',
		'run/takeUp.ts',
		'if (!parked?.isFinished || !isForThis(run, parked)) return undefined;',
		'return undefined;',
	],
	[
		'parked: a callback that joins another one’s question hears its answer',
		'callbacks/wake.ts',
		'return results.includes(false) ? undefined : answers;',
		'return answers;',
	],
	[
		'parked: n8n does not try once more while it is parked',
		'actions/execute.ts',
		'run.parked.size > 0 ?',
		'run.parked.size < 0 ?',
	],
	[
		'parked: what an earlier try delivered stays named',
		'run/takeUp.ts',
		'for (const [item, payment] of parked.paid) paid.set(item, payment);',
		'',
	],
	[
		'parked: what is paid for is known until it is delivered',
		'run/conclude.ts',
		'	else if (results.every',
		'	if (results.every',
	],
	[
		'trigger: saves take turns',
		'callbacks/startedTasks.ts',
		'await saves.take(this.trigger)',
		'() => {}',
	],
	[
		'parked: nothing is sent where nobody could call back',
		'run/nap.ts',
		'if (!url || (publicOnly && !isPublicHost(url)))',
		'if (!url)',
	],
	[
		'a file from a form stays where the service comes for it',
		'files/signedUrls.ts',
		"if (!id.includes('/executions/temp/')) return file;",
		'return file;',
	],
	['a tool answers with what went wrong', 'run/run.ts', ' || isTool(context)', ''],
	['parked: an AI agent’s tool polls', 'actions/generate.ts', ' && !isTool(run.context)', ''],
	[
		'parked: another try looks at the tasks of the one before',
		'actions/generate.ts',
		'	if (isNew) return undefined;',
		'	if (isNew || !isNew) return undefined;',
	],
	[
		'callback: who joins a look has his own time',
		'callbacks/taskStates.ts',
		'const answer = await found.catch(() => undefined);',
		'const answer = await found;',
	],
	[
		'callback: what is remembered belongs to a key',
		'service/connection.ts',
		'`${apiKey} ${baseUrl}`',
		'baseUrl',
	],
	[
		'callback: the process is bounded as a whole',
		'service/limiter.ts',
		'(within ? within.run(work) : work())',
		'work()',
	],
	[
		'callback: who came last is next',
		'service/limiter.ts',
		'newestFirst ? this.queue.pop() : this.queue.shift()',
		'this.queue.shift()',
	],
	[
		'callback: a task older than the memory starts nothing',
		'callbacks/startRun.ts',
		'if (memory?.isOlder(task)) return answer(context, 200);',
		'',
	],
	[
		'callback: made-up ids are asked for once',
		'callbacks/startRun.ts',
		'if (isUnknown(connection, taskId)) return { status: 403 };',
		'',
	],
	[
		'signed addresses stay out of raw answers',
		'service/request.ts',
		'hideSignedUrls(jsonParse<IDataObject>(body, { fallbackValue: {} }))',
		'jsonParse<IDataObject>(body, { fallbackValue: {} })',
	],
	[
		'a gateway opens no private addresses by itself',
		'service/connection.ts',
		'isPublic: !reachesPrivate',
		'isPublic: false',
	],
	['a node that is done listens to nothing', 'actions/execute.ts', 'run.close();', ';'],
	[
		'files hold no places of the service',
		'files/download.ts',
		'return await fileLimiter.run(',
		'return await connection.limiter.run(',
	],
];

const copy = mkdtempSync(join(tmpdir(), 'happyhorse-mutate-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
const left = ['node_modules', '.git', 'dist'];
for (const part of readdirSync(root).filter((name) => !left.includes(name)))
	cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');

/** Whether all tests pass in the copy as it stands; the fast ones first. */
const passes = () =>
	['unit', 'engine'].every((suite) => {
		const args = ['--selectProjects', suite, '--bail', '--silent', '--forceExit'];
		const jest = join('node_modules', 'jest', 'bin', 'jest.js');
		return (
			spawnSync(process.execPath, [jest, ...args], { cwd: copy, timeout: 180_000 }).status === 0
		);
	});

if (!passes()) {
	process.stdout.write('The tests do not pass as they are.\n');
	process.exit(1);
}
const only = process.argv[2];
let survivors = 0;
for (const [rule, file, there, without] of MUTATIONS) {
	if (only && !rule.includes(only)) continue;
	const path = join(copy, NODE, file);
	const original = readFileSync(path, 'utf8');
	if (original.split(there).length !== 2) {
		process.stdout.write(`OUTDATED  ${rule}: its line is not in ${file}\n`);
		survivors++;
		continue;
	}
	writeFileSync(
		path,
		original.replace(there, () => without),
	);
	const survived = passes();
	writeFileSync(path, original);
	if (survived) survivors++;
	process.stdout.write(`${survived ? 'SURVIVED' : 'noticed '}  ${rule}\n`);
}
process.stdout.write(survivors === 0 ? 'Every rule is watched over.\n' : `${survivors} are not.\n`);
process.exitCode = survivors === 0 ? 0 : 1;
