/** Where texts of graphql-js and Pothos begin to repeat what somebody sent, and what stands there instead. */
const quotes: readonly (readonly [RegExp, string])[] = [
  // Variable "$input" got invalid value { … }; Expected …
  [/( got invalid value) .*; /s, '$1: '],
  [/( got invalid value) .*$/s, '$1.'],
  // String cannot represent a non string value: [ … ]
  [/( cannot represent [^:"]*value): .*$/s, '$1.'],
  // Expected value of type "SignInInput" to include required field "password", found: { … }.
  [/(?:, found|(?<=[.?]) Found): .*$/s, '.'],
  // Value "…" does not exist in "BookingStatus" enum.
  [/Value ".*" does not exist in ("\w+" enum).*$/s, 'Unknown value for the $1. Use one of the values in the schema.'],
  // Invalid global ID: …
  [/^(Invalid (?:global ID|cursor)): .*$/s, '$1.'],
  // Syntax Error: Unexpected String "…".
  [/^(Syntax Error: .*(?:String|BlockString|Int|Float)) ".*$/s, '$1.'],
]

/**
 * The text of an error of GraphQL's own, without the value that it is about. Whoever sent the value knows it, but an answer
 * ends up in the logs of scripts and proxies, and the value may be a password that stood one field too far.
 */
export function withoutValues(message: string): string {
  return quotes.reduce((text, [quote, instead]) => text.replace(quote, instead), message)
}
