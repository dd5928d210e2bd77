/** The parts of graphql-js and Pothos messages that quote a value from the request, and their replacements. */
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
 * The message of a graphql-js error without the value that it quotes. Responses end up in the logs of scripts and
 * proxies, and the value may be a password sent in the wrong field.
 */
export function withoutValues(message: string): string {
  return quotes.reduce((text, [quote, replacement]) => text.replace(quote, replacement), message)
}
