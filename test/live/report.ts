/** One thing that was asked of the service. */
export interface Line {
	/** Short, for tests. */
	id: string;
	what: string;
	expected: string;
	/** Where the contract says so. */
	where: string;
	came: string;
	same: boolean;
}

/** What is known so far, in the order in which it was asked. */
export class Report {
	readonly lines: Line[] = [];

	/** Why no more was asked, if there is a reason. */
	stopped?: string;

	/** @param say is told each line, and what is about to happen */
	constructor(readonly say: (text: string) => void) {}

	/** Adds a line; it is the same if what came is told in the words of what was expected, or `same` says so. */
	add(line: Omit<Line, 'same'> & { same?: boolean }): void {
		const whole = { ...line, same: line.same ?? line.came === line.expected };
		this.lines.push(whole);
		this.say(`${whole.same ? 'same     ' : 'DIFFERENT'}  ${whole.what}: ${whole.came}`);
	}

	/** Ends it before its time. */
	stop(reason: string): void {
		this.stopped = reason;
		this.say(reason);
	}

	/** Whether everything was asked, and is as expected. */
	get isGood(): boolean {
		return this.stopped === undefined && this.lines.every(({ same }) => same);
	}
}

const cell = (text: string) => text.replace(/\|/g, '\\|').replace(/\s+/g, ' ');

/** The report as a table in Markdown. */
export function toTable({ lines }: Report): string {
	const rows = lines.map(({ what, expected, where, came, same }) =>
		[what, `${expected} (${where})`, came, same ? 'same' : '**different**'].map(cell),
	);
	return [['What', 'Expected (contract)', 'Came', ''], ['---', '---', '---', '---'], ...rows]
		.map((cells) => `| ${cells.join(' | ')} |`)
		.join('\n');
}
