export type { SecondFactorChallenge } from './challenge.js';
export { createGatehouseClient, type GatehouseClient, type GatehouseOptions } from './client.js';
export { dataOf, GatehouseProblem, type FieldError } from './problem.js';
export type { components, paths } from './schema.js';
