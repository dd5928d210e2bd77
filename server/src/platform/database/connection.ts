import { Client, type ClientConfig } from 'pg'

/**
 * A pooled connection that may break at any moment. The pool removes its error listener while handing a connection
 * over: if one packet holds the end of the last statement and of the connection, the error is emitted in between, and
 * an unhandled error ends the process. The connection's statements still fail on their own.
 */
export class Connection extends Client {
  constructor(config?: string | ClientConfig) {
    super(config)
    this.on('error', () => undefined)
  }
}
