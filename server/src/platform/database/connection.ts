import { Client, type ClientConfig } from 'pg'

/**
 * A connection for pools, which may break at any moment. A pool takes its own ear off a connection while it hands it over:
 * when one chunk from the database holds the end of the last statement and the end of the connection, the error comes in
 * between, and an error that nobody hears ends the process. The statements of the connection fail by themselves.
 */
export class Connection extends Client {
  constructor(config?: string | ClientConfig) {
    super(config)
    this.on('error', () => undefined)
  }
}
