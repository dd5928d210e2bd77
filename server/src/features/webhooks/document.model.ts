/** The default document of a new webhook. */
export const exampleDocument = `subscription {
  bookingChanged {
    kind
    booking { id status startTime endTime title owner { id name } }
  }
}`
