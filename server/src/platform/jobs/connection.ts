import { Socket } from 'node:net'
import type { ClientConfig } from 'pg'
import { Connection, maxCloseMs, poolSettings } from '../database/connection.ts'

/** pg-boss's maintenance of its own schema, which may take long on a large queue. */
const maintenance = /\b(?:CREATE|ALTER|DROP|REINDEX)\s+(?:UNIQUE\s+)?(?:INDEX|TABLE|TYPE|FUNCTION|SCHEMA)\b/i
const maintenanceTimeoutMs = 600_000

/** A connection of pg-boss's pool. */
class QueueConnection extends Connection {
  constructor({ stream: _listeners, ...config }: ClientConfig) {
    super(config)
    const query: (...args: unknown[]) => unknown = this.query.bind(this)
    const queryWithin = (text: unknown, values: unknown, ...rest: unknown[]) =>
      typeof text === 'string' && maintenance.test(text)
        ? query({ text, values, query_timeout: maintenanceTimeoutMs }, ...rest)
        : query(text, values, ...rest)
    this.query = queryWithin as typeof this.query // the same arguments, whose overloads a wrapper can't repeat
  }
}

/**
 * The connection settings of pg-boss, for its pool and for its listener, which it opens and closes by itself:
 * `closeListener` ends that one within a second even if the network is silent.
 */
export function queueConnections(queryTimeoutMs: number) {
  const listeners = new Set<Socket>()
  return {
    settings: {
      ...poolSettings(queryTimeoutMs),
      Client: QueueConnection,
      stream: () => {
        const socket = new Socket()
        listeners.add(socket)
        return socket.once('close', () => listeners.delete(socket))
      },
    },
    closeListener(): void {
      setTimeout(() => {
        for (const socket of listeners) socket.destroy()
      }, maxCloseMs)
    },
  }
}
