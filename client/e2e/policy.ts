import type { Page } from 'playwright-core'

/** Collects Content-Security-Policy violations of a page, before its first script; should be empty. */
export async function watchPolicy(page: Page): Promise<readonly string[]> {
  const violations: string[] = []
  await page.exposeFunction('tellViolation', (violation: string) => void violations.push(violation))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      const report: unknown = Reflect.get(window, 'tellViolation')
      if (typeof report === 'function') report(`${violatedDirective}: ${blockedURI} (${sourceFile})`)
    })
  })
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) violations.push(message.text())
  })
  return violations
}
