import { ChurchHubError } from './errors.ts'

/**
 * Runs a command and exits with the code it returns. A ChurchHub error is printed in one line without a stack; on it
 * and on any other error the process exits with `failureCode`.
 */
export async function runCommand(run: () => Promise<number>, failureCode: number): Promise<void> {
  try {
    process.exitCode = await run()
  } catch (error) {
    if (error instanceof ChurchHubError) process.stderr.write(`${error.message}\n`)
    else console.error(error)
    process.exitCode = failureCode
  }
}
