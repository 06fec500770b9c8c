/** Pending `waitFor` calls. */
export class Watchers {
	private readonly checks = new Set<() => void>();

	/** Checks all conditions; call it after every event. */
	readonly changed = (): void => this.checks.forEach((check) => check());

	/** Resolves as soon as the condition holds, and rejects if it throws. */
	async waitFor(condition: () => boolean): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			const check = () => {
				try {
					if (!condition()) return;
					resolve();
				} catch (error) {
					reject(error);
				}
				this.checks.delete(check);
			};
			this.checks.add(check);
			check();
		});
	}

	/** Drops all calls, which then never resolve. */
	clear(): void {
		this.checks.clear();
	}
}
