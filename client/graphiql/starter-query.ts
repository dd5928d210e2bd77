/** What stands in the first tab: a week to run at once, and a stream to follow. */
export const starterQuery = `# ChurchHub's API. Ctrl-Space completes, Ctrl-Enter runs the operation at the cursor.
# The book icon on the left opens the schema; docs/queries.md has over forty queries to start from.

query Week {
  bookings(first: 20) {
    totalCount
    nodes {
      id
      title
      startTime
      status
      sensitivity
    }
  }
}

# Live changes. Each response states its cost in extensions.cost.
subscription Live {
  bookingChanged {
    kind
    bookingId
  }
}
`
