import { parseArgs } from 'node:util'
import { z } from 'zod'

const benchNames = ['dashboard', 'free-query', 'audited-reads', 'fan-out', 'webhook', 'start', 'scale'] as const

/** What runs when nothing is named. A million bookings take minutes to fill and gigabytes to hold. */
const usual = benchNames.filter((name) => name !== 'scale')

/** How much is measured. A full run takes some four minutes, a quick one less than one. */
export type Plan = Readonly<{
  isQuick: boolean
  benches: readonly (typeof benchNames)[number][]
  bookings: number
  rounds: number
  secondsPerRound: number
  /** Where the result goes as JSON, or null. */
  jsonPath: string | null
  /** The directory that a CPU profile of ChurchHub goes to, or null. Profiling costs speed: its figures are for nobody. */
  profileDirectory: string | null
}>

const usage = `npm run bench -- [${benchNames.join(' | ')}] [--quick] [--bookings N] [--rounds N] [--seconds N] [--json FILE] [--profile DIRECTORY]`

const count = z.coerce.number().int().min(1).max(10_000_000)

/**
 * Reads the command line.
 *
 * @throws UsageError, whose message is the usage, for anything it doesn't know
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
      benches: benches.length === 0 ? usual : benches,
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
