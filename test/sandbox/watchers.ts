/** Those who wait for something to become true. */
export class Watchers {
	private readonly looks = new Set<() => void>();

	/** Lets all of them look; to be called after every event. */
	readonly changed = (): void => this.looks.forEach((look) => look());

	/** Resolves as soon as the condition holds. Rejects with what the condition throws. */
	async waitFor(condition: () => boolean): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			const look = () => {
				try {
					if (!condition()) return;
					resolve();
				} catch (error) {
					reject(error);
				}
				this.looks.delete(look);
			};
			this.looks.add(look);
			look();
		});
	}

	/** Forgets them; what they wait for doesn't come any more. */
	clear(): void {
		this.looks.clear();
	}
}
