import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'

const run = promisify(execFile)
const autocannon = join(import.meta.dirname, '../node_modules/autocannon/autocannon.js')

/** One request; all of them go to the same server in the same way. */
export type LoadRequest = Readonly<{ url: string; headers: Readonly<Record<string, string>>; body: string | null }>

export type LoadOptions = Readonly<{
  requests: readonly LoadRequest[]
  connections: number
  seconds: number
  /** Where the request list may be stored during the load. */
  directory: string
  /** A response's mean length, head and body, if the caller knows it. */
  expectedBytes?: number
}>

export type Load = Readonly<{
  requestCount: number
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
}>

const resultSchema = z.object({
  errors: z.number(),
  timeouts: z.number(),
  non2xx: z.number(),
  duration: z.number(),
  requests: z.object({ total: z.number() }),
  latency: z.object({ p50: z.number(), p99: z.number() }),
  throughput: z.object({ total: z.number() }),
})

/**
 * Sends requests for `seconds` over `connections`, each sending its next request after a response. Every connection
 * cycles through the whole list. Runs in a separate process.
 *
 * @throws Error when any response is missing or unsuccessful, or when their mean length differs from the expected one
 */
export async function load(options: LoadOptions): Promise<Load & { meanBytes: number }> {
  const path = join(options.directory, `requests-${randomUUID()}.har`)
  try {
    await writeFile(path, JSON.stringify(archiveOf(options.requests)))
    const { origin } = new URL(options.requests[0]?.url ?? '')
    const { stdout } = await run(
      process.execPath,
      [
        autocannon,
        ...['--json', '--no-progress', '--har', path, '-c', String(options.connections)],
        // Samples only affect averages that aren't used here.
        ...['-L', '1000', '-d', String(options.seconds), origin],
      ],
      { maxBuffer: 2 ** 26 },
    )
    return loadOf(resultSchema.parse(JSON.parse(stdout)), options.expectedBytes)
  } finally {
    await rm(path, { force: true })
  }
}

function loadOf(result: z.infer<typeof resultSchema>, expectedBytes: number | undefined) {
  const { errors, timeouts, non2xx } = result
  const requestCount = result.requests.total
  if (errors + timeouts + non2xx > 0 || requestCount === 0) {
    throw new Error(`${requestCount} answers, ${errors} errors, ${timeouts} timeouts, ${non2xx} refusals under load`)
  }
  const meanBytes = result.throughput.total / requestCount
  // A server that responds 200 with an error inside would be fast.
  if (expectedBytes !== undefined && Math.abs(meanBytes / expectedBytes - 1) > 0.03) {
    throw new Error(`answers under load had ${Math.round(meanBytes)} bytes instead of ${Math.round(expectedBytes)}`)
  }
  const { p50: p50Ms, p99: p99Ms } = result.latency
  return { requestCount, requestsPerSecond: requestCount / result.duration, p50Ms, p99Ms, meanBytes }
}

/** The parts of the HTTP archive format that autocannon reads. */
function archiveOf(requests: readonly LoadRequest[]) {
  const entries = requests.map(({ url, headers, body }) => ({
    request: {
      method: body === null ? 'GET' : 'POST',
      url,
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
      ...(body === null ? {} : { postData: { text: body } }),
    },
  }))
  return { log: { entries } }
}
