import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** Prompts for one line without echo. Null when the user ends the input. */
export async function promptHidden(question: string): Promise<string | null> {
  // readline echoes input to its output, so discard that output.
  const mutedOutput = new Writable({ write: (_chunk, _encoding, callback) => callback() })
  const lines = createInterface({ input: process.stdin, output: mutedOutput, terminal: true })
  const ended = new AbortController()
  lines.once('SIGINT', () => ended.abort()).once('close', () => ended.abort())
  // Only now: raw mode is on, so the terminal echoes nothing either.
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

/** All of standard input, without the trailing newline that `echo` adds. */
export async function readStandardInput(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}
