import { collectDefaultMetrics, Registry } from 'prom-client'

/** What `/metrics` prints. Label values are codes and ids of the program, never of people. */
export type Metrics = Registry

/** Makes a registry with the process's own figures (memory, event loop, garbage collection). One for each server. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}
