/**
 * Which groups may not be told to whoever may only count: those smaller than `smallest`, and as many of the next smaller
 * ones as it takes that at least two are left out, `smallest` together. The total is told too, and what is told of the
 * groups subtracted from it must not give one that is not. Equal groups are taken in the order given: in another order the
 * next answer would tell what this one leaves out.
 */
export function groupsToHide<Group extends Readonly<{ count: number }>>(
  groups: readonly Group[],
  smallest: number,
): ReadonlySet<Group> {
  const fromSmallest = groups.toSorted((a, b) => a.count - b.count)
  const hidden: Group[] = []
  let together = 0
  for (const group of fromSmallest) {
    const isSafe = hidden.length === 0 || (hidden.length >= fewestHidden && together >= smallest)
    if (group.count >= smallest && isSafe) break
    hidden.push(group)
    together += group.count
  }
  return new Set(hidden)
}

const fewestHidden = 2
