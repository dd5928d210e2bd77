/** The browser and operating system of a user agent, `Firefox on Windows`; null if both are unknown. */
export function deviceOf(userAgent: string | null): string | null {
  if (userAgent === null) return null
  const browser = firstMatch(userAgent, [
    [/Edg\//, 'Edge'],
    [/Firefox\//, 'Firefox'],
    [/Chrome\//, 'Chrome'],
    [/Safari\//, 'Safari'],
    [/curl\//, 'curl'],
  ])
  const system = firstMatch(userAgent, [
    [/iPhone|iPad/, 'iOS'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/Mac OS X/, 'macOS'],
    [/Linux/, 'Linux'],
  ])
  if (browser === null) return system
  return system === null ? browser : `${browser} on ${system}`
}

function firstMatch(text: string, known: readonly (readonly [RegExp, string])[]): string | null {
  return known.find(([pattern]) => pattern.test(text))?.[1] ?? null
}
