import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { bookingIn, created, note } from './cal.ts'
import { type Church, startChurch } from './church.ts'

/** The text with its middle character replaced. */
const damaged = (column: string) => {
  const middle = `length(${column}) / 2`
  return `overlay(${column} placing CASE substr(${column}, ${middle}, 1) WHEN 'A' THEN 'B' ELSE 'A' END from ${middle} for 1)`
}

describe.skipIf(chromiumPath === null)(`a summary that was damaged in the database${skipReason}`, () => {
  let church: Church
  let browser: Awaited<ReturnType<typeof openBrowser>>
  let page: Page
  beforeAll(async () => {
    ;[church, browser] = await Promise.all([startChurch(), openBrowser()])
    const pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    page = await browser.context.newPage()
    await signIn(page, church.url, pastor)
    await church.deliver(created(bookingIn(25, pastor)))
    const card = page.getByRole('region', { name: /^(Next|Now)$/ })
    await card.getByText('Summary ready').waitFor()
    await card.getByText('Open booking').click()
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
  })

  const panel = () => page.getByRole('dialog')
  const refusal = () => panel().getByText('This can no longer be read')

  test('is refused with an explanation and no content, and other items still open', async () => {
    await church.sql(`UPDATE context_summaries SET "encryptedSummary" = ${damaged('"encryptedSummary"')}`)
    await panel().getByRole('button', { name: 'Open summary' }).click()
    await refusal().waitFor()
    await panel().getByText('The stored data can’t be decrypted, so none of it is shown.').waitFor()
    expect(await axeFindings(page)).toEqual([])
    expect(await panel().getByText('Written from').count()).toBe(0)
    await panel().getByRole('button', { name: 'Open intake' }).click()
    await panel().getByText(note).waitFor()
    expect(await refusal().count()).toBe(1)
  })

  // Fails without `vault.unreadable` in the panel's query.
  test('is listed among the audit entries of the panel', async () => {
    const openings = panel().getByRole('region', { name: 'Access history' })
    await openings.getByText('Encrypted content couldn’t be decrypted').waitFor()
    await openings.getByText('Opened a summary').waitFor()
  })

  test('stays refused after a reload', async () => {
    await page.reload()
    await panel().getByRole('button', { name: 'Open summary' }).click()
    await refusal().waitFor()
  })
})
