/** Thrown where graphql-js has to answer instead of the planner. Not a failure. */
export class Bailout extends Error {}
