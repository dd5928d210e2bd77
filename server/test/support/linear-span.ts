/** The left side of a linear equation: the coefficient of each unknown. */
export type Row = ReadonlyMap<string, number>

// Products of two residues stay below 2^53. A false "determined" needs a determinant that this prime divides.
const prime = 1_000_003

/** The span of the added rows, by Gaussian elimination over a prime field. */
export function createSpan() {
  const reduced: { pivot: string; row: Map<string, number> }[] = []
  function reduce(tuple: Row): Map<string, number> {
    const row = new Map([...tuple].map(([name, value]) => [name, mod(value)]))
    for (const { pivot, row: known } of reduced) {
      const factor = row.get(pivot) ?? 0
      if (factor === 0) continue
      for (const [name, value] of known) row.set(name, mod((row.get(name) ?? 0) - factor * value))
    }
    for (const [name, value] of row) if (value === 0) row.delete(name)
    return row
  }
  return {
    add(tuple: Row): void {
      const row = reduce(tuple)
      const [first] = row
      if (first === undefined) return
      const [pivot, value] = first
      const inverse = power(value, prime - 2)
      reduced.push({ pivot, row: new Map([...row].map(([name, each]) => [name, mod(each * inverse)])) })
    },
    /** Whether the row is a linear combination of the added rows. */
    has: (row: Row): boolean => reduce(row).size === 0,
  }
}

function mod(value: number): number {
  return ((value % prime) + prime) % prime
}

function power(base: number, exponent: number): number {
  let [result, factor, remaining] = [1, mod(base), exponent]
  for (; remaining > 0; remaining = Math.floor(remaining / 2)) {
    if (remaining % 2 === 1) result = mod(result * factor)
    factor = mod(factor * factor)
  }
  return result
}
