import { parseArgs } from 'node:util'
import { z } from 'zod'

const benchNames = ['dashboard', 'free-query', 'audited-reads', 'fan-out', 'webhook', 'start', 'scale'] as const

/** The default benchmarks. A million bookings take minutes to create and gigabytes to store. */
const defaultBenches = benchNames.filter((name) => name !== 'scale')

/** How much to measure. A full run takes about four minutes, a quick one less than one. */
export type Plan = Readonly<{
  isQuick: boolean
  benches: readonly (typeof benchNames)[number][]
  bookings: number
  rounds: number
  secondsPerRound: number
  /** The path of the JSON result, or null. */
  jsonPath: string | null
  /** The directory for a CPU profile of ChurchHub, or null. Profiling slows it down: don't publish such figures. */
  profileDirectory: string | null
}>

const usage = `npm run bench -- [${benchNames.join(' | ')}] [--quick] [--bookings N] [--rounds N] [--seconds N] [--json FILE] [--profile DIRECTORY]`

const count = z.coerce.number().int().min(1).max(10_000_000)

/**
 * Parses the command line.
 *
 * @throws UsageError with the usage as its message, for any unknown argument
 */
export function planOf(argv: readonly string[]): Plan {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        bookings: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        json: { type: 'string' },
        profile: { type: 'string' },
      },
    })
    const benches = z.array(z.enum(benchNames)).parse(positionals)
    return {
      isQuick: values.quick,
      benches: benches.length === 0 ? defaultBenches : benches,
      bookings: count.parse(values.bookings ?? (values.quick ? 20_000 : 100_000)),
      rounds: count.parse(values.rounds ?? (values.quick ? 2 : 5)),
      secondsPerRound: count.parse(values.seconds ?? (values.quick ? 2 : 4)),
      jsonPath: values.json ?? null,
      profileDirectory: values.profile ?? null,
    }
  } catch (error) {
    throw new UsageError(usage, { cause: error })
  }
}

export class UsageError extends Error {}
