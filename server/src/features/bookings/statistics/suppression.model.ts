/**
 * The groups to suppress for count-only viewers: those smaller than `minSize`, and as many of the next smaller ones as
 * needed so that at least two groups with together at least `minSize` bookings are suppressed. Otherwise a suppressed group
 * would be the difference between the total and the published groups. Among equal groups, the given order decides, and it
 * must be stable: another order could reveal in the next result what this one suppresses.
 */
export function groupsToSuppress<Group extends Readonly<{ count: number }>>(
  groups: readonly Group[],
  minSize: number,
): ReadonlySet<Group> {
  const fromSmallest = groups.toSorted((a, b) => a.count - b.count)
  const suppressed: Group[] = []
  let suppressedCount = 0
  for (const group of fromSmallest) {
    const isSafe = suppressed.length === 0 || (suppressed.length >= minSuppressed && suppressedCount >= minSize)
    if (group.count >= minSize && isSafe) break
    suppressed.push(group)
    suppressedCount += group.count
  }
  return new Set(suppressed)
}

const minSuppressed = 2
