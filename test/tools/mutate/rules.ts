/** A rule of money or callbacks: its name, its file in `nodes/HappyHorse/`, the code that keeps it, and the code without it. */
export type Rule = readonly [rule: string, file: string, there: string, without: string];

const RETRY: Rule[] = [
	[
		'a lost POST proves nothing',
		'service/retry.ts',
		'return failure.isUnsent === true;',
		'return true;',
	],
	[
		'a POST is repeated only after what created nothing',
		'service/retry.ts',
		'		if (!createdNothing(failure)) return undefined;\n',
		'',
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
		"return failure.code !== 'internal_error';",
		'return true;',
	],
	[
		'a firewall’s refusal proves nothing',
		'service/retry.ts',
		' && !LATE_REFUSALS.includes(failure.httpCode)',
		'',
	],
	[
		'a spending limit is not waited out',
		'service/retry.ts',
		"failure.code !== 'spend_limit_exceeded'",
		'true',
	],
	[
		'a POST is given up after some attempts',
		'service/retry.ts',
		'!isRateLimit(failure) && attempts >= MAX_ATTEMPTS',
		'false',
	],
	[
		'the first failure stops the next POST',
		'service/client.ts',
		'if (stopsAtFirstError) stop.stop(halted());',
		'',
	],
	['nothing is sent after a stop', 'service/client.ts', 'stop.throwIfStopped();\n', '\n'],
	[
		'a POST on its way is not aborted',
		'service/client.ts',
		"call.method === 'POST'\n				? await request(timeout)\n				:",
		'',
	],
	[
		'a task’s answer is about that task',
		'service/client.ts',
		'taskSchema.refine(({ id }) => id === taskId)',
		'taskSchema',
	],
	[
		'a lost answer is told as such',
		'service/client.ts',
		"const mayExist = call.method === 'POST' && !createdNothing(failure);",
		'const mayExist = false;',
	],
	[
		'the id of an answer that can’t be read is quoted',
		'service/client.ts',
		', ...idsIn(raw)]',
		']',
	],
	[
		'a repeated key stays hidden',
		'service/client.ts',
		'const body = withoutKey(given);',
		'const body = given;',
	],
	[
		'no redirect is followed with the key',
		'../../credentials/HappyHorseApi.credentials.ts',
		'...NO_REDIRECTS, ',
		'',
	],
];

const LEDGER: Rule[] = [
	[
		'a task that is known is followed',
		'ledger/decide.ts',
		"return isMadeAnew ? CREATE : { action: 'follow', task };",
		'return CREATE;',
	],
	[
		'a failed task is made anew',
		'ledger/decide.ts',
		"cause !== 'resume' && task.status === 'failed' && created < maxTries",
		'false',
	],
	[
		'a failed task is made as often as Max. Tries says',
		'ledger/decide.ts',
		' && created < maxTries',
		'',
	],
	[
		'a request without an answer is not sent again',
		'ledger/decide.ts',
		"if (attempt && attempt.state !== 'reserved')",
		'if (false)',
	],
	[
		'Retry makes an edited request',
		'ledger/decide.ts',
		'if (entry && !isSame(entry.fingerprint ?? {}, fingerprint)) return CREATE;',
		'',
	],
	[
		'another execution pays anew',
		'ledger/cause.ts',
		"return isRetry ? 'retriedByUser' : 'first';",
		"return 'retriedByUser';",
	],
	[
		'a loop’s round pays anew',
		'ledger/cause.ts',
		"if (saved?.runIndex !== runIndex) return 'first';",
		'',
	],
	[
		'a parked run is resumed whatever its index',
		'ledger/cause.ts',
		"if (isOwn && saved.suspension) return 'resume';",
		'',
	],
	[
		'reservations, lost answers and tasks count',
		'ledger/runLedger.ts',
		'(attempt?.credits ?? 0) +',
		'',
	],
	[
		'failed tasks count no more',
		'ledger/runLedger.ts',
		"(task.status !== 'failed' || task.mayBeCharged) ?",
		'true ?',
	],
	['reservations are given back', 'execution/run.ts', 'this.ledger.release();', ''],
	[
		'a refusal takes the place of nothing that is paid for',
		'ledger/runLedger.ts',
		'if (entry && (mayHaveTask(entry) || isPaid)) return;',
		'',
	],
	[
		'an edited request has nothing of the one before',
		'ledger/runLedger.ts',
		'...(isKept && before),',
		'...before,',
	],
	[
		'calls at the same moment have an entry each',
		'ledger/runLedger.ts',
		"while (key !== found && key in entries) key += '+';",
		'',
	],
	['an answered call is a new one', 'ledger/runLedger.ts', '!this.hasAnswer(entries[key]) && ', ''],
	['the ledger is saved with the execution', 'ledger/saved.ts', 'store[KEY] = ledger;', ''],
];

const RUN: Rule[] = [
	[
		'a request is noted before it leaves',
		'execution/createTask.ts',
		'ledger.sent(item, fingerprint, atMost);',
		'',
	],
	[
		'a lost answer is noted',
		'execution/createTask.ts',
		'ledger.answerLost(item, fingerprint, details);',
		'',
	],
	[
		'a task is noted before anything else',
		'execution/createTask.ts',
		'	ledger.created(item, fingerprint, task);\n	nameElsewhere(run, task);',
		'	nameElsewhere(run, task);\n	if (false) ledger.created(item, fingerprint, task);',
	],
	[
		'custom data names the tasks',
		'execution/createTask.ts',
		'addToCustomData(context, taskId, label);',
		'',
	],
	[
		'one complaint keeps everything from being sent',
		'execution/validate.ts',
		'if (complaints.length > 0) throw',
		'if (false) throw',
	],
	[
		'the error names the other tasks',
		'execution/execute.ts',
		'run ? withPaidTasks(reason, run, item) : reason',
		'reason',
	],
	[
		'the wait ends',
		'execution/follow.ts',
		'if (timeLeftMs() === 0) return lastAnswer(run, task, answer);',
		'',
	],
	[
		'parked: the wait ends',
		'execution/follow.ts',
		'return isLastCheck ? lastAnswer(run, task, answer) : undefined;',
		'return undefined;',
	],
	[
		'parked: a task that is not known yet is waited for',
		'execution/follow.ts',
		'(isTransient(error) || mayLag(task))',
		'isTransient(error)',
	],
	[
		'parked: never longer than the wait',
		'execution/park.ts',
		'return [now + ms, deadline, ',
		'return [now + ms, ',
	],
	[
		'parked: nothing is sent where nobody could call back',
		'execution/park.ts',
		'if (!url || (publicOnly && !isPublicHost(url)))',
		'if (!url)',
	],
	[
		'parked: n8n runs the node once more',
		'n8n/parking.ts',
		'stackOf(context)?.unshift({',
		'[].unshift({',
	],
	[
		'parked: a copy leaves the execution as it was',
		'execution/copies.ts',
		'if (newest && isBehind(run, newest.run)) {',
		'if (false) {',
	],
	[
		'parked: a lagging read is asked again',
		'execution/settle.ts',
		'isRunning: answer === undefined };\n	});\n}',
		'isRunning: false };\n	});\n}',
	],
	['a tool polls', 'execution/run.ts', 'this.isTool || !this.canPark ?', '!this.canPark ?'],
	['Max Credits refuses', 'actions/budget.ts', 'if (total <= credits) return;', 'return;'],
	['the budget counts what is paid', 'actions/budget.ts', 'paid: ledger.spent(),', 'paid: 0,'],
	['the smallest Max Credits counts', 'actions/generate.ts', 'Math.min(...budgets)', 'budgets[0]'],
	[
		'a call reserves what it costs',
		'actions/generate.ts',
		'ledger.reserve(item, fingerprint, worstCaseCredits(request.request.cost));',
		'void [item, fingerprint, request];',
	],
];

const CALLBACKS: Rule[] = [
	[
		'the claim is compared with the service’s answer',
		'callbacks/startRun.ts',
		'const isTrue = isOver(task.value) && (claim === undefined || claim === task.value.status);',
		'const isTrue = true;',
	],
	[
		'a copy at the same moment starts no second run',
		'callbacks/startRun.ts',
		'if (dedup && !dedup.claim(task.id)) return answer(context, 200);',
		'dedup?.claim(task.id);',
	],
	[
		'a task whose run n8n could not start is not marked',
		'callbacks/dedupStore.ts',
		'if (response.statusCode >= 300) starts.delete(key);',
		'',
	],
	[
		'a megabyte is the most',
		'callbacks/incoming.ts',
		'if (sizeOf(context) > MAX_BYTES) return { status: 413 };',
		'',
	],
	[
		'nothing is thrown to n8n',
		'callbacks/incoming.ts',
		'		return answer(context, 503);',
		'		throw error;',
	],
	['it is answered in time', 'service/connection.ts', 'stop.stop(tooLate())', 'undefined'],
	[
		'parked: resumed only when all tasks are over',
		'callbacks/resume.ts',
		'if (results.includes(true)) return true;',
		'',
	],
	[
		'parked: a callback for another run’s task is refused',
		'callbacks/resume.ts',
		'if (!ledger?.suspension || !named)',
		'if (!ledger?.suspension)',
	],
	[
		'parked: resumed once',
		'callbacks/resume.ts',
		'if (resuming.has(suspension)) return answer(context, 200);\n	if (await',
		'if (await',
	],
];

/** At most sixty: what costs money or lets a stranger in if it breaks. */
export const RULES: Rule[] = [...RETRY, ...LEDGER, ...RUN, ...CALLBACKS];
