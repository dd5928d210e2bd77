import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import type { LogOutput } from './output.ts'

/** The metrics printed by `/metrics`. Label values are codes and IDs of the program, never of people. */
export type Metrics = Registry

/**
 * Creates a registry with the process metrics (memory, event loop, garbage collection) and the log's. One per server.
 */
export function createMetrics(output?: Pick<LogOutput, 'droppedLines'>): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Counter({
    name: 'log_lines_dropped_total',
    help: 'Log lines that could not be written to standard output.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(output?.droppedLines() ?? 0)
    },
  })
  return registry
}
