// Switches off one rule at a time, in a copy, and expects the tests to notice. `npm run mutate`; takes an hour or two.
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
		'a POST is repeated only after the service’s own words',
		'service/retry.ts',
		"createdNothing(setback) && (setback.kind === 'silence' || isOwn(setback));",
		'createdNothing(setback);',
	],
	[
		'a code counts with its own status only',
		'service/retry.ts',
		'STATUS_BY_CODE.get(code) === httpCode;',
		'STATUS_BY_CODE.has(code);',
	],
	[
		'an internal error proves nothing',
		'service/retry.ts',
		"return setback.code !== 'internal_error';",
		'return true;',
	],
	[
		'a firewall’s refusal proves nothing',
		'service/retry.ts',
		' && !LATE_REFUSALS.includes(setback.httpCode)',
		'',
	],
	[
		'a wait is ended by the service alone',
		'service/retry.ts',
		'return isWait === true || !(',
		'return !(',
	],
	[
		'the service’s own words end a wait',
		'service/retry.ts',
		'if (isOwn(setback) && isRefusal(setback.httpCode))',
		'if (false)',
	],
	[
		'a task of our own is asked for again where it is not known',
		'service/retry.ts',
		"return isOwnTask === true && setback.code === 'task_not_found';",
		'return false;',
	],
	['a task that a user names is looked for once', 'service/retry.ts', 'isOwnTask === true && ', ''],
	[
		'a task that stays unknown is given up',
		'service/request.ts',
		'isUnknown ? knownUntil : call.until',
		'call.until',
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
	['Retry-After is kept', 'service/retry.ts', 'Math.max(retryAfterMs, backOff)', 'backOff'],
	[
		'Retry-After is never faster than the back-off',
		'service/retry.ts',
		'Math.max(retryAfterMs, backOff)',
		'retryAfterMs || backOff * 0',
	],
	['Retry-After holds back the whole run', 'service/request.ts', 'limiter.hold(pauseMs);', ';'],
	[
		'the first trouble stops the next POST',
		'service/request.ts',
		'if (stopsAtFirstError) stop.stop(halted());',
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
		'service/request.ts',
		"const mayExist = call.method === 'POST' && !createdNothing(setback);",
		'const mayExist = false;',
	],
	['what can’t be read is quoted', 'service/request.ts', 'said: wordsOf(body, raw) }', '}'],
	['an id that can’t be read is quoted', 'service/request.ts', ', ...idsIn(raw)]', ']'],
	[
		'what is likely wrong is said beside what may be lost',
		'errors/messages.ts',
		'(!mayExist || isElsewhere) && advice.description',
		'!mayExist && advice.description',
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
		'run/paidTasks.ts',
		'return entry.task && !isMadeAnew ? entry : undefined;',
		'return undefined;',
	],
	[
		'a request whose answer was lost is not sent in another try',
		'actions/createTask.ts',
		'if (details.taskMayExist) run.paidTasks.noteLost(item, details, asked, atMost);',
		'',
	],
	['what a lost request may have cost counts', 'run/paidTasks.ts', 'sum + lostCredits +', 'sum +'],
	[
		'what earlier tries have paid counts',
		'actions/generate.ts',
		'refuseOverBudget(costs, run.paidTasks.spent(), ',
		'refuseOverBudget(costs, 0, ',
	],
	[
		'what failed counts no more',
		'run/paidTasks.ts',
		"(task?.status === 'failed' ? 0 : (task?.cost?.atMost ?? 0))",
		'(task?.cost?.atMost ?? 0)',
	],
	[
		'a later refusal names what earlier tries have paid',
		'run/runItems.ts',
		'throw namingPaidTasks(error, run);',
		'throw error;',
	],
	[
		'a lost request of another item is told',
		'run/items.ts',
		'lost.length > 0 && lostForItems(lost),',
		'',
	],
	[
		'a task is noted before it is named elsewhere',
		'actions/createTask.ts',
		'	run.paidTasks.note(item, task, asked);\n',
		'	if (false) run.paidTasks.note(item, task, asked);\n',
	],
	[
		'the balance is compared with what is still to be paid',
		'actions/generate.ts',
		'request.isKnown ? [] : [request.request.cost],',
		"'request' in request ? [request.request.cost] : [{ mode: 'textToVideo', resolution: '720p', duration: 15 }],",
	],
	['the smallest Max Credits counts', 'actions/generate.ts', 'Math.min(...budgets)', 'budgets[0]'],
	[
		'any item may have the balance checked',
		'actions/generate.ts',
		'!settings.some(({ checkBalance }) => checkBalance)',
		'!settings[0].checkBalance',
	],
	[
		'an option that is there and empty is a complaint',
		'actions/parameters.ts',
		'...emptyAsNull(Object.entries(options))',
		'...options',
	],
	[
		'Options that are none are a complaint',
		'actions/parameters.ts',
		"typeof options !== 'object' || options === null || Array.isArray(options)",
		'false',
	],
	[
		'parts of a second count as whole ones',
		'schema/cost.ts',
		'Math.ceil(input.inputVideoDuration ?? max)',
		'input.inputVideoDuration ?? max',
	],
	[
		'a clip of unknown length counts as the longest',
		'schema/cost.ts',
		'input.inputVideoDuration ?? max',
		'input.inputVideoDuration ?? 3',
	],
	[
		'a clip in fragments has no length in its header',
		'files/clip.ts',
		'	if (fragments) {',
		'	if (false && fragments) {',
	],
	[
		'sums are rounded before they are compared',
		'actions/budget.ts',
		'roundCredits(worst.reduce((sum: number, cost = 0) => sum + cost, paid))',
		'worst.reduce((sum: number, cost = 0) => sum + cost, paid)',
	],
	[
		'a prompt that can’t be seen is a complaint',
		'schema/parse.ts',
		"if (isInvisible(input)) return 'must not be empty';",
		"if (input.trim() === '') return 'must not be empty';",
	],
	[
		'half a character is a complaint',
		'schema/parse.ts',
		'if (/\\p{Cs}/u.test(input))',
		'if (false)',
	],
	['Max Credits refuses', 'actions/budget.ts', 'if (total <= credits) return;', 'return;'],
	[
		'custom data names the tasks',
		'actions/createTask.ts',
		'		addToCustomData(context, taskId);\n',
		'',
	],
	[
		'a failed task is made anew',
		'run/paidTasks.ts',
		"const isMadeAnew = entry.task?.status === 'failed' && entry.created < this.maxTries;",
		'const isMadeAnew = false;',
	],
	[
		'a failed task is made anew as often as Max. Tries says',
		'run/paidTasks.ts',
		' && entry.created < this.maxTries',
		'',
	],
	['a loop’s round pays anew', 'run/paidTasks.ts', '(isTool || found.round === run.round)', 'true'],
	[
		'another execution pays anew',
		'run/paidTasks.ts',
		'isSameRound && found.execution === run.execution',
		'isSameRound',
	],
	[
		'a stop names the other tasks',
		'run/items.ts',
		'if (others.length === 0 && lost.length === 0) return reason;',
		'return reason;',
	],
	[
		'one complaint keeps everything from being sent',
		'actions/execute.ts',
		'if (complaints.length > 0) throw refusal(complaints);',
		'',
	],
	[
		'a task’s status is kept up to date',
		'run/wait.ts',
		'		delete task.unknownSince;\n		task.status = answer.value.status;',
		'		delete task.unknownSince;',
	],
	['the wait ends', 'run/wait.ts', 'if (Date.now() >= task.until) throw timedOut(task);', ''],
	['parked: the wait ends', 'run/wait.ts', 'if (isLastCheck) throw timedOut(task);', ''],
	[
		'parked: a task that stays unknown is given up',
		'run/wait.ts',
		'Date.now() < unknownSince + LAG_MS',
		'true',
	],
	[
		'parked: a task that is not known yet is waited for',
		'run/wait.ts',
		'(isPassing(error) || mayLag(task))',
		'isPassing(error)',
	],
	['one look that goes wrong stops no other', 'run/wait.ts', 'stopsAtFirstError: false };', '};'],
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
		'const isTrue = isOver(task.value) && (claim === undefined || claim === task.value.status);',
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
		'if (results.includes(true)) return true;',
		'',
	],
	[
		'parked: a callback for another run’s task costs no request',
		'callbacks/wake.ts',
		'if (!page?.nap || !named) return answer(context, 403);',
		'if (!page?.nap) return answer(context, 403);',
	],
	[
		'parked: a run is taken up once',
		'callbacks/wake.ts',
		'if (isEnding(nap) || hasEnded(page.execution, page.nap)) return answer(context, 200);\n',
		'',
	],
	[
		'parked: what is known of a finished task is not asked again',
		'callbacks/taskStates.ts',
		'if (found) return found;',
		'',
	],
	[
		'parked: n8n runs the node once more',
		'run/n8nInternals.ts',
		'stackOf(context)?.unshift({',
		'[].unshift({',
	],
	[
		'parked: a run that n8n could not go on with is taken up by the next callback',
		'callbacks/wake.ts',
		'ending.delete(nap));\n	return',
		'false);\n	return',
	],
	[
		'parked: the run that was parked is taken up, and not made anew',
		'run/paidTasks.ts',
		'if (isOwn) this.wokenFrom = page.nap;',
		'',
	],
	[
		'parked: a callback that joins another one’s question hears its answer',
		'callbacks/taskStates.ts',
		'if (answer) return answer;',
		'',
	],
	[
		'parked: n8n does not try once more while it is parked',
		'run/runItems.ts',
		"if ('error' in outcome) return [];\n		if ('output'",
		"if ('error' in outcome) return [errorItem(outcome.error, item)];\n		if ('output'",
	],
	[
		'parked: what is paid for is saved with the execution',
		'run/paidTasks.ts',
		'storeOf(this.context)[KEY] = page;',
		'',
	],
	[
		'parked: what is paid for is known until it is delivered',
		'run/runItems.ts',
		'if (underWay.length > 0) return await park(run, progress, underWay);',
		'if (underWay.length > 0) { const shown = await park(run, progress, underWay); paidTasks.lasting.entries = {}; return shown; }',
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
	[
		'parked: an AI agent’s tool polls',
		'run/run.ts',
		'this.isTool || this.cantPark ?',
		'this.cantPark ?',
	],
	[
		'parked: another try looks at the tasks of the one before',
		'run/runItems.ts',
		'if (isNew || (isOver(task) && !endsRun)) return { task };',
		'return { task };',
	],
	[
		'parked: a second wake-up does nothing',
		'run/runItems.ts',
		'return await onceForEachNap(run, async () => await goOn(run, count, work));',
		'return await goOn(run, count, work);',
	],
	[
		'parked: a nap is never longer than the wait',
		'run/nap.ts',
		'return [now + ms, until, ',
		'return [now + ms, ',
	],
	[
		'parked: no nap goes on for longer than it takes to tell that a task is lost',
		'run/nap.ts',
		'...(unknownSince === undefined ? [] : [unknownSince + LAG_MS])',
		'',
	],
	[
		'Retry: what was edited and then refused is not passed off as what was made before',
		'run/paidTasks.ts',
		'this.page.entries[this.keyOf(item)] = { created: before?.created ?? 0, refusal };',
		'',
	],
	[
		'Retry On Fail: what is delivered is not paid again where n8n takes its answer for a failure',
		'run/runItems.ts',
		'	paidTasks.answered();',
		'	paidTasks.lasting.entries = {};',
	],
	[
		'tool: a call that asks again after a time-out gets the same task',
		'run/paidTasks.ts',
		'(isTool || found.round === run.round)',
		'found.round === run.round',
	],
	[
		'tool: what was answered is not given again to another call',
		'run/paidTasks.ts',
		'				!entries[other].isAnswered &&\n',
		'',
	],
	[
		'tool: a call that n8n tries again is known by its round',
		'run/paidTasks.ts',
		'if (entries[key] && !entries[key].isOfBefore) return;',
		'',
	],
	[
		'parked: a second wake-up runs nothing else',
		'run/n8nInternals.ts',
		'	if (executionData) Object.assign(executionData, { nodeExecutionStack: [], waitingExecution: {} });\n',
		'',
	],
	[
		'parked: a second wake-up ends as the first has',
		'run/n8nInternals.ts',
		'	saversOf(context)?.unshift((run) => Object.assign(run, saved));\n',
		'',
	],
	[
		'parked: a second wake-up starts no error workflow',
		'run/n8nInternals.ts',
		'error: undefined, toJSON',
		'toJSON',
	],
	[
		'parked: a second wake-up waits in n8n’s memory as the first does',
		'run/n8nInternals.ts',
		'	if (waitTill) await context.putExecutionToWait(waitTill);\n',
		'',
	],
	[
		'parked: a second wake-up does not end before the first',
		'run/nap.ts',
		'	await Promise.race([goingOn.get(execution), stop.stopped()]);\n',
		'',
	],
	[
		'parked: a second wake-up forgets no task, however late it comes',
		'run/nap.ts',
		'		else add(pages, execution, page, MOST_PAGES);\n',
		'',
	],
	[
		'parked: what executions came to is kept of a few only',
		'run/nap.ts',
		'add(outcomes, execution, outcome, MOST_OUTCOMES)',
		'add(outcomes, execution, outcome, Infinity)',
	],
	[
		'parked: what executions came to is kept for a while only',
		'run/nap.ts',
		'	AbortSignal.timeout(OUTCOME_MS)',
		'	AbortSignal.timeout(2 * OUTCOME_MS)',
	],
	[
		'the log names a task as soon as it is there',
		'actions/createTask.ts',
		'		context.logger.info(\n			`HappyHorse task ${taskId} was created by execution ${context.getExecutionId()}`,\n		);\n',
		'',
	],
	[
		'a budget refuses only what is new',
		'actions/execute.ts',
		"'request' in reading && run.paidTasks.find(item) === undefined;",
		"'request' in reading;",
	],
	[
		'Retry: what was edited is made',
		'run/paidTasks.ts',
		'if (entry.asked && !isSame(entry.asked, asked)) delete this.page.entries[key];',
		'',
	],
	[
		'Retry: what was not edited is taken up',
		'run/paidTasks.ts',
		"isSameRound && !isOwn && context.getMode() === 'retry'",
		'false',
	],
	[
		'callback: who joins a look has his own time',
		'callbacks/taskStates.ts',
		'const answer = await shared.catch(() => undefined);',
		'const answer = await shared;',
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
	['a node that is done listens to nothing', 'actions/execute.ts', 'run?.close();', ';'],
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

/** Tests in the order in which they are likeliest to notice something in little time. */
const STEPS = [
	['unit', 'unit/(retry|cost|requests|callback|limiter|lock|media|urls)\\.'],
	['engine', 'engine/(money|histories)\\.'],
	['engine', 'engine/(parked|retry|setbacks|generate|errors|validation)'],
	['unit', ''],
	['engine', ''],
];

/** Whether all tests pass in the copy as it stands. */
const passes = () =>
	STEPS.every(([suite, files]) => {
		const args = ['--selectProjects', suite, '--bail', '--silent', '--forceExit'];
		if (files) args.push('--testPathPatterns', files);
		const jest = join('node_modules', 'jest', 'bin', 'jest.js');
		return (
			spawnSync(process.execPath, [jest, ...args], { cwd: copy, timeout: 300_000 }).status === 0
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
