export { startSandbox } from './sandbox';
export type * from './types';
