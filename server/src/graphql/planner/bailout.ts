/** Says that graphql-js has to answer. It is no failure. */
export class Bailout extends Error {}

/** Leaves a root field to its resolver, which does more than read rows. */
export function leaveToResolver(): never {
  throw new Bailout('a field that its resolver has to answer')
}
