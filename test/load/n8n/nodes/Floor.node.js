/** A webhook that starts no run: the least that n8n itself takes for what is only answered. */
class Floor {
	description = {
		...{ displayName: 'Floor', name: 'floor', description: 'Answers, and starts nothing' },
		...{ group: ['trigger'], version: 1, defaults: { name: 'Floor' } },
		...{ inputs: [], outputs: ['main'], credentials: [{ name: 'happyHorseApi' }] },
		webhooks: [
			{ name: 'default', httpMethod: 'POST', path: 'webhook', responseMode: 'onReceived' },
		],
		properties: [
			{ displayName: 'Load Credential', name: 'loadsCredential', type: 'boolean', default: false },
		],
	};

	async webhook() {
		// straight from the node, so that not even a parameter is read
		const { loadsCredential } = this.getNode().parameters;
		if (loadsCredential) await this.getCredentials('happyHorseApi');
		this.getResponseObject().status(200).json({ message: 'OK' });
		return { noWebhookResponse: true };
	}
}

module.exports = { Floor };
