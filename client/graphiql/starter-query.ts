/** What stands in the first tab: a week to run at once, and a stream to follow. */
export const starterQuery = `# ChurchHub's API. Ctrl-Space completes, Ctrl-Enter runs what the cursor is in.
# The book on the left has the whole schema; docs/api.md has two dozen queries to start from.

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

# Changes, as they happen. Each answer says in extensions.cost what it cost.
subscription Live {
  bookingChanged {
    kind
    bookingId
  }
}
`
