import { ChurchHubError } from './errors.ts'

/**
 * Runs a command and ends with the code it returns. What is written for people is shown in one line, without a stack;
 * then, and when anything else goes wrong, the process ends with `failureCode`.
 */
export async function runCommand(main: () => Promise<number>, failureCode: number): Promise<void> {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (error instanceof ChurchHubError) process.stderr.write(`${error.message}\n`)
    else console.error(error)
    process.exitCode = failureCode
  }
}
