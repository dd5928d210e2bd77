import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** Asks somebody at the terminal for one line that nobody looking on shall read. Null when they end the input instead. */
export async function askHidden(question: string): Promise<string | null> {
  // readline echoes what is typed to its output: here that goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  const ended = new AbortController()
  lines.once('SIGINT', () => ended.abort()).once('close', () => ended.abort())
  // Only now: from here on the terminal itself echoes nothing either.
  process.stderr.write(question)
  try {
    return await lines.question('', { signal: ended.signal })
  } catch {
    return null
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/** The whole of standard input, without the line break that `echo` puts at its end. */
export async function readStandardInput(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}
