/** Says that graphql-js has to answer. It is no failure. */
export class NotPlanned extends Error {}
