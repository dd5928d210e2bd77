/** Thrown where graphql-js has to answer. It is no failure. */
export class Bailout extends Error {}
