/** As many parameters as Text to Video has. */
const NAMES = Array.from({ length: 10 }, (_, index) => `parameter${index}`);

/** Reads its parameters for each item, and does nothing with them: what n8n itself takes for that. */
class Reader {
	description = {
		...{ displayName: 'Reader', name: 'reader', description: 'Reads its parameters' },
		...{ group: ['transform'], version: 1, defaults: { name: 'Reader' } },
		...{ inputs: ['main'], outputs: ['main'] },
		properties: NAMES.map((name) => ({ displayName: name, name, type: 'string', default: '' })),
	};

	async execute() {
		const items = this.getInputData();
		for (const item of items.keys())
			for (const name of NAMES) this.getNodeParameter(name, item, null);
		return [items];
	}
}

module.exports = { Reader };
