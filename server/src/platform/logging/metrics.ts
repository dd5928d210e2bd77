import { collectDefaultMetrics, Registry } from 'prom-client'

/** The metrics printed by `/metrics`. Label values are codes and IDs of the program, never of people. */
export type Metrics = Registry

/** Creates a registry with the process metrics (memory, event loop, garbage collection). One per server. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}
