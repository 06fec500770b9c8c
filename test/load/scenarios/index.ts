import type { Scenario } from '../scenario';
import { callbacks } from './callbacks';
import { downloads } from './downloads';
import { growth } from './growth';
import { items } from './items';
import { limit } from './limit';
import { network } from './network';
import { packageScenario } from './package';
import { polling } from './polling';
import { queue } from './queue';
import { siege } from './siege';
import { soak } from './soak';
import { trigger } from './trigger';
import { validation } from './validation';

/** All scenarios, in the order of the page. */
export const SCENARIOS: Scenario[] = [
	...[packageScenario, validation, items, callbacks, polling, growth, downloads],
	...[trigger, siege, limit, queue, network, soak],
];
