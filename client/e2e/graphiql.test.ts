import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { bookingIn, created } from './cal.ts'
import { type Church, type Person, startChurch } from './church.ts'
import { watchPolicy } from './policy.ts'

describe.skipIf(chromiumPath === null)(`GraphiQL${skipReason}`, () => {
  let church: Church
  let pastor: Person
  let browser: Awaited<ReturnType<typeof openBrowser>>
  let context: BrowserContext

  beforeAll(async () => {
    church = await startChurch()
    pastor = await church.addPerson('pastor', 'Pastor Paul', 7)
    browser = await openBrowser()
    context = browser.context
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
  })

  const open = async (): Promise<{ page: Page; violations: readonly string[] }> => {
    await context.clearCookies()
    const page = await context.newPage()
    const violations = await watchPolicy(page)
    await page.goto(`${church.url}/graphiql`)
    return { page, violations }
  }
  const enter = async (page: Page) => {
    await page.getByLabel('Email').fill(pastor.email)
    await page.getByLabel('Password').fill(pastor.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Execute query' }).waitFor()
  }
  /** Replaces the document in the editor, and runs it. `name` is its operation. */
  const run = async (page: Page, name: string, query: string) => {
    await page.locator('.graphiql-query-editor .monaco-editor').click()
    await page.keyboard.press('Control+A')
    // Pasted, because typed brackets are auto-closed.
    await page.evaluate((text) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', text)
      document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
    }, query)
    // Until its tab shows the name, GraphiQL uses the previous document and would open the menu of its operations.
    await page.locator('.graphiql-tab').getByText(name).waitFor()
    await page.getByRole('button', { name: 'Execute query' }).click()
  }
  const answer = (page: Page) => page.locator('.graphiql-response .view-lines')
  /** Books until the stream delivers one: GraphiQL doesn't show when the subscription is active. */
  const bookUntilDelivered = async (page: Page) => {
    const received = answer(page).getByText('"CREATED"')
    do await church.deliver(created(bookingIn(60, pastor)))
    while (
      !(await received.waitFor({ timeout: 3_000 }).then(
        () => true,
        () => false,
      ))
    )
  }

  it('tells a signed-out visitor what it is and how to sign in', async () => {
    const { page } = await open()
    await page.getByRole('heading', { name: 'Ask the API' }).waitFor()
    expect(await page.getByRole('button', { name: 'Execute query' }).count()).toBe(0)
    expect(await axeFindings(page)).toEqual([])
    await page.locator('input[name=token]').fill('chub_of_nobody')
    await page.getByRole('button', { name: 'Use token' }).click()
    await page.getByText('does not know this token').waitFor()
    await page.close()
  })

  it('signs in, runs the initial query, and follows changes live', async () => {
    const { page, violations } = await open()
    await enter(page)
    await page.getByText('As Pastor Paul, pastor').waitFor()
    await run(page, 'Who', 'query Who { viewer { name } bookings(first: 3) { totalCount } }')
    await answer(page).getByText('"Pastor Paul"').waitFor()
    await answer(page).getByText('"remaining"').waitFor()

    await run(page, 'Follow', 'subscription Follow { bookingChanged { kind booking { title } } }')
    await bookUntilDelivered(page)
    await page.getByRole('button', { name: 'Stop query' }).click()

    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.getByRole('link', { name: 'Query', exact: true }).click()
    await page.getByText('Computes the cost of another operation').waitFor()
    expect(violations).toEqual([])
    await page.close()
  })

  it('uses a pasted token instead of the cookie, and discards it with the page', async () => {
    const { page, violations } = await open()
    await enter(page)
    const token = await page.evaluate(async () => {
      const response = await fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query: 'mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
          variables: { input: { name: 'GraphiQL', scopes: ['bookings:read'] } },
        }),
      })
      return (await response.json()).data.createApiToken.token as string
    })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.locator('input[name=token]').fill(token)
    await page.getByRole('button', { name: 'Use token' }).click()
    await page.getByText('As an API token').waitFor()
    await run(page, 'Mine', 'query Mine { bookings(first: 1) { totalCount } mySessions { totalCount } }')
    await answer(page).getByText('"FORBIDDEN"').waitFor()

    await run(page, 'Changes', 'subscription Changes { bookingChanged { kind } }')
    await bookUntilDelivered(page)

    const storage = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]),
    )
    expect(storage).not.toContain(token)
    await page.reload()
    await page.getByRole('heading', { name: 'Ask the API' }).waitFor()
    expect(violations).toEqual([])
    await page.close()
  })
})

describe.skipIf(chromiumPath === null)(`The Content-Security-Policy${skipReason}`, () => {
  it('blocks nothing that a page of the client does', async () => {
    const church = await startChurch()
    const browser = await openBrowser()
    try {
      const admin = await church.addPerson('admin', 'Ada Admin', 9)
      const pastor = await church.addPerson('pastor', 'Pastor Paul', 7)
      await church.deliver(created(bookingIn(60, pastor)))
      for (const [person, paths] of [
        [pastor, ['/', '/audit', '/account', '/tokens']],
        [admin, ['/users', '/audit', '/nowhere']],
      ] as const) {
        await browser.context.clearCookies()
        const page = await browser.context.newPage()
        const violations = await watchPolicy(page)
        await signIn(page, church.url, person)
        for (const path of paths) {
          await page.goto(`${church.url}${path}`)
          await page.getByRole('heading').first().waitFor()
        }
        expect(violations).toEqual([])
        await page.close()
      }
    } finally {
      await browser.close()
      await church.close()
    }
  })
})
