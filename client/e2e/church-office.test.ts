import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { bookingIn, created } from './cal.ts'
import { type Church, type Person, startChurch } from './church.ts'

const canary = 'sk-canary-fieldfare-0123456789'
const failedJob = '01890000-0000-7000-8000-00000000000a'
const waitingJob = '01890000-0000-7000-8000-00000000000b'
const nobodysBooking = '01890000-0000-7000-8000-0000000000ff'

describe.skipIf(chromiumPath === null)(`the church’s office${skipReason}`, () => {
  let church: Church
  let browsers: Awaited<ReturnType<typeof openBrowser>>[]
  let page: Page
  let pastorPage: Page
  let pastor: Person
  let admin: Person
  const consoleLines: string[] = []
  beforeAll(async () => {
    ;[church, ...browsers] = await Promise.all([startChurch(), openBrowser(), openBrowser()])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    admin = await church.addPerson('admin', 'Ada Lindqvist', 12)
    const pages = await Promise.all(browsers.map(({ context }) => context.newPage()))
    for (const each of pages) {
      each.on('console', (message) => void consoleLines.push(message.text()))
      each.on('pageerror', (error) => void consoleLines.push(error.message))
    }
    const [first, second] = pages
    if (first === undefined || second === undefined) throw new Error('no page')
    ;[page, pastorPage] = [first, second]
    await signIn(page, church.url, admin)
    await signIn(pastorPage, church.url, pastor)
  })
  afterAll(async () => {
    await Promise.all((browsers ?? []).map((browser) => browser.close()))
    await church?.close()
  })

  const pictures = process.env.PICTURES
  const picture = async (of: Page, name: string | undefined, size: string) => {
    if (!pictures || name === undefined) return
    for (const colorScheme of ['light', 'dark'] as const) {
      await of.emulateMedia({ colorScheme })
      await of.screenshot({ path: `${pictures}/${name}-${size}-${colorScheme}.png` })
    }
  }
  const looks = async (of: Page, name?: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await of.emulateMedia({ colorScheme })
      expect(await axeFindings(of)).toEqual([])
    }
    await picture(of, name, 'desktop')
    await of.setViewportSize({ width: 360, height: 740 })
    expect(await of.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    expect(await axeFindings(of)).toEqual([])
    await picture(of, name, 'phone')
    await of.setViewportSize({ width: 1280, height: 800 })
  }
  const addJob = (id: string, columns: string, values: string) =>
    church.sql(`INSERT INTO worker_jobs (id, "jobType", payload, ${columns})
      VALUES ('${id}', 'generate-summary', '{"bookingId":"${nobodysBooking}"}', ${values})`)

  test('says what will appear in an empty list of jobs', async () => {
    await page.getByRole('link', { name: 'Jobs' }).click()
    await page.getByText('No jobs yet').waitFor()
    await page.getByText('Live updates on').waitFor()
    await looks(page)
  })

  test('shows jobs live, and why one failed', async () => {
    await addJob(failedJob, 'status, error, attempts, "completedAt"', "'failed', 'LOST', 3, now()")
    await page.getByText('Its worker stopped before the job was done.').waitFor()
    await page.getByText('1 job', { exact: true }).waitFor()
    await addJob(waitingJob, 'status, "scheduledFor"', "'pending', now() + interval '3 days'")
    await page.getByText(/^Scheduled for/).waitFor()
    await page.getByText('2 jobs').waitFor()
    await looks(page)
  })

  test('retries a failed job, and shows its progress without a reload', async () => {
    await page.getByRole('button', { name: 'Retry Write a summary' }).click()
    await page.getByText('Write a summary: waiting for another attempt.').waitFor()
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('waiting for another attempt')
    // The booking belongs to nobody, so the job has nothing to do and completes.
    await page.getByText(/^Done /).waitFor()
  })

  test('cancels a queued job after explaining the effect', async () => {
    await page.getByRole('button', { name: 'Cancel Write a summary' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('You can retry it later.').waitFor()
    await looks(page)
    await dialog.getByRole('button', { name: 'Cancel job' }).click()
    await page.getByText(/^Cancelled /).waitFor()
  })

  test('filters the list, and removes jobs that no longer match', async () => {
    await page.getByLabel('Status').selectOption({ label: 'Failed or cancelled' })
    await page.getByText('1 job', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Retry Write a summary' }).click()
    await page.getByText('No matching jobs').waitFor()
    await page.getByLabel('Type').selectOption({ label: 'Send a reminder' })
    await page.getByLabel('Status').selectOption({ label: 'All' })
    await page.getByText('No matching jobs').waitFor()
  })

  test('says when its content may be outdated, and catches up', async () => {
    await page.getByLabel('Type').selectOption({ label: 'All' })
    await page.getByText('2 jobs').waitFor()
    await church.stop('SIGKILL')
    await page.getByText('Live updates interrupted').waitFor()
    await church.start()
    await page.getByText('Live updates on').waitFor({ timeout: 45_000 })
    await page.getByText('2 jobs').waitFor()
  })

  test('sets and resets a setting of the church', async () => {
    await page.goto(`${church.url}/settings`)
    const line = page.getByRole('listitem').filter({ hasText: 'Summaries: days kept' })
    await line.getByText('90 (default)').waitFor()
    await looks(page, 'settings')
    await page.getByRole('button', { name: 'Set Summaries: days kept' }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByLabel('Value').fill('30')
    await drawer.getByLabel('Reason').fill('As the elders decided')
    await looks(page)
    await drawer.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Summaries: days kept is set.').waitFor()
    await line.getByText(/Set by Ada Lindqvist, .*: As the elders decided/).waitFor()
    await page.getByRole('button', { name: 'Change Summaries: days kept' }).click()
    await drawer.getByRole('button', { name: 'Reset to default' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Reset' }).click()
    await line.getByText('90 (default)').waitFor()
  })

  test('says what a shorter retention deletes, and saves it on confirmation', async () => {
    await church.deliver(created(bookingIn(60, pastor)))
    await church.sql(`UPDATE webhook_deliveries SET "receivedAt" = now() - interval '40 days'`)
    // By element: content behind a dialog has no role.
    const line = page.locator('li', { hasText: 'Cal.com’s deliveries: days kept' })
    await page.getByRole('button', { name: 'Set Cal.com’s deliveries: days kept' }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByLabel('Value').fill('30')
    await drawer.getByRole('button', { name: 'Save' }).click()
    const dialog = page.getByRole('alertdialog', { name: 'Delete older data?' })
    await dialog.getByText('1 delivery from Cal.com').waitFor()
    await looks(page, 'retention')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Save')
    await line.getByText('90 (default)').waitFor()

    await page.keyboard.press('Enter')
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Cal.com’s deliveries: days kept is set.').waitFor()
    await line.getByText('30', { exact: true }).waitFor()
  })

  test('shows an error at the invalid field', async () => {
    await page.getByRole('button', { name: 'Set OpenAI: address' }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByLabel('Value').fill('not an address')
    await drawer.getByRole('button', { name: 'Save' }).click()
    await drawer.getByText('Must be an address').waitFor()
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('value')
    await looks(page)
    await page.keyboard.press('Escape')
  })

  test('accepts a key and never shows it', async () => {
    await page.getByRole('button', { name: 'Set OpenAI: key' }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByLabel('Value').fill(canary)
    await drawer.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Set, encrypted').waitFor()
    await looks(page)
    await page.reload()
    await page.getByText('Set, encrypted').waitFor()
    await page.getByRole('button', { name: 'Change OpenAI: key' }).click()
    expect(await drawer.getByLabel('New value').inputValue()).toBe('')
    expect(await page.content()).not.toContain('fieldfare')
    await drawer.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('alertdialog').getByText('no one can read it').waitFor()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('OpenAI: key is no longer set.').waitFor()
  })

  test('asks for the password before a key is changed, and then changes it', async () => {
    await church.sql('UPDATE sessions SET "passwordCheckedAt" = NULL')
    await page.getByRole('button', { name: 'Set OpenAI: key' }).click()
    await page.getByRole('dialog').getByLabel('Value').fill(canary)
    await page.getByRole('button', { name: 'Save' }).click()
    const dialog = page.getByRole('dialog', { name: 'Confirm your password' })
    await dialog.waitFor()
    await looks(page, 'password')
    await dialog.getByLabel('Password').fill('not the password at all')
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    await dialog.getByText('The password is wrong. Try again.').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Your password is needed for this. Nothing was changed.').waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await dialog.getByLabel('Password').fill(admin.password)
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('OpenAI: key is set.').waitFor()
    expect(consoleLines.join()).not.toContain('fieldfare')
  })

  test('lets a pastor limit their meetings', async () => {
    await pastorPage.getByRole('button', { name: 'Ruth Adler' }).click()
    await pastorPage.getByRole('menuitem', { name: 'Meeting limits' }).click()
    await pastorPage.getByText('Nothing is set yet.').waitFor()
    await pastorPage.getByLabel('Maximum meetings per day').fill('3')
    await pastorPage.getByLabel('Only allow meetings in these hours').check()
    await pastorPage.getByLabel('Saturday').check()
    await pastorPage.getByLabel('To').first().fill('08:00')
    await pastorPage.getByRole('button', { name: 'Save' }).click()
    await pastorPage.getByText('Must be later than the start.').waitFor()
    expect(await pastorPage.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('workingHours.end')
    await looks(pastorPage)
    await pastorPage.getByLabel('To').first().fill('16:30')
    await pastorPage.getByRole('button', { name: 'Save' }).click()
    await pastorPage.getByText('Saved.').waitFor()

    await pastorPage.reload()
    expect(await pastorPage.getByLabel('Maximum meetings per day').inputValue()).toBe('3')
    expect(await pastorPage.getByLabel('To').first().inputValue()).toBe('16:30')
    expect(await pastorPage.getByLabel('Saturday').isChecked()).toBe(true)
    const ownZone = await pastorPage.evaluate(() => new Intl.DateTimeFormat().resolvedOptions().timeZone)
    expect(await pastorPage.getByLabel('Time zone').inputValue()).toBe(ownZone)
    await pastorPage.getByRole('button', { name: 'Remove' }).click()
    await pastorPage.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await pastorPage.getByText('Nothing is set yet.').waitFor()
    expect(await pastorPage.getByLabel('Maximum meetings per day').inputValue()).toBe('8')
  })

  test('hides pages from users who may not see them', async () => {
    for (const path of ['jobs', 'settings']) {
      await pastorPage.goto(`${church.url}/${path}`)
      await pastorPage.getByText('This page doesn’t exist').waitFor()
    }
    await page.goto(`${church.url}/meeting-limits`)
    await page.getByText('This page doesn’t exist').waitFor()
  })

  test('logs no secret to the console, and violates no content security policy', () => {
    expect(consoleLines.filter((line) => /fieldfare|Content.Security.Policy|Uncaught/i.test(line))).toEqual([])
  })
})
