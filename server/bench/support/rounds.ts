/** One measure over several rounds: its median and range. */
export type Spread = Readonly<{ median: number; min: number; max: number }>

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const [min, max] = [sorted.at(0), sorted.at(-1)]
  if (min === undefined || max === undefined) throw new Error('nothing was measured')
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? min, sorted[sorted.length >> 1] ?? max]
  return { median: (low + high) / 2, min, max }
}

/** The spread of a measure over the rounds. */
export function spreadOver<T>(rounds: readonly T[], of: (round: T) => number): Spread {
  return spreadOf(rounds.map(of))
}

/**
 * Measures every contestant once per round, in rotating order, so that other load on the machine affects all alike.
 * Returns the measures by name, in round order.
 */
export async function interleave<T>(
  contestants: ReadonlyMap<string, () => Promise<T>>,
  rounds: number,
): Promise<Map<string, T[]>> {
  const names = [...contestants.keys()]
  const measured = new Map<string, T[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let rotation = 0; rotation < names.length; rotation++) {
      const name = names[(round + rotation) % names.length] ?? ''
      const measure = contestants.get(name)
      if (measure !== undefined) measured.get(name)?.push(await measure())
    }
  }
  return measured
}

/** Each round's measure relative to another's in the same round. */
export function ratios<T>(own: readonly T[], others: readonly T[], of: (round: T) => number): Spread {
  return spreadOf(
    own.map((round, at) => {
      const other = others[at]
      if (other === undefined) throw new Error('rounds were lost')
      return of(round) / of(other)
    }),
  )
}
