import { Client, type ClientConfig } from 'pg'

/** How long a closing connection may take to say goodbye. */
export const maxCloseMs = 1_000

/** A pooled connection that may break at any moment, or go silent. */
export class Connection extends Client {
  constructor(config?: string | ClientConfig) {
    super(config)
    // The pool removes its error listener while handing a connection over: if one packet holds the end of the last
    // statement and of the connection, the error is emitted in between, and an unhandled error ends the process. The
    // connection's statements still fail on their own.
    this.on('error', () => undefined)
  }

  /** Closes even if the other side is silent: TCP would wait a quarter of an hour for its answer. */
  override end(): Promise<void>
  override end(callback: (error: Error) => void): void
  override end(callback?: (error: Error) => void): Promise<void> | void {
    const timer = setTimeout(() => this.connection.stream.destroy(), maxCloseMs)
    this.once('end', () => clearTimeout(timer))
    return callback === undefined ? super.end() : super.end(callback)
  }
}

/** What every pool of connections has: none of its statements or connections waits for a silent network for ever. */
export function poolSettings(queryTimeoutMs: number) {
  return {
    Client: Connection,
    connectionTimeoutMillis: 5_000,
    // A dead connection can't report the server's own timeout.
    query_timeout: queryTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  } as const
}
