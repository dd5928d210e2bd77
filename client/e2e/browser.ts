import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where Chromium is, or null where there is none: then the browser tests are skipped. */
export const chromiumPath: string | null =
  [process.env.CHROMIUM_PATH ?? '', ...known].find((path) => path !== '' && existsSync(path)) ?? null

/** The name of a skipped suite must say why, and how to get it to run. */
export const why = chromiumPath === null ? ' (skipped: install Debian’s package chromium, or set CHROMIUM_PATH)' : ''

// One for every hour of the day.
const timeZones = [
  'Europe/Berlin',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Pacific/Auckland',
  'America/Los_Angeles',
  'America/Sao_Paulo',
]

/** Where it is morning as the tests run: what is booked for the next hours is today's, and this week's, at any time. */
const timeZone = timeZones.find(isMorning) ?? 'Europe/Berlin'

function isMorning(timeZone: string): boolean {
  const hour = Number(new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format())
  return hour >= 5 && hour < 12
}

/** A browser with an empty profile, in English with a 24-hour clock, in `timeZone`. */
export async function openBrowser(): Promise<{
  context: BrowserContext
  /** The directory of all that the browser keeps. */
  profile: string
  close: () => Promise<void>
}> {
  if (chromiumPath === null) throw new Error('There is no Chromium. Set CHROMIUM_PATH.')
  const profile = await mkdtemp(join(tmpdir(), 'churchhub-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath,
    headless: true,
    locale: 'en-GB',
    timezoneId: timeZone,
    // As root Chromium has no sandbox; the rest keeps it from looking for Google's hosts in a closed network.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  context.setDefaultTimeout(15_000)
  return {
    context,
    profile,
    close: async () => {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

/** Everything axe finds on the page, as lines that name the rule and the place; empty is the aim. */
export async function axeFindings(page: Page): Promise<string[]> {
  // A colour that is still fading in is not the colour that is read.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null))),
  )
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`))
}

/** Signs in on the page as it stands. */
export async function signIn(
  page: Page,
  url: string,
  person: Readonly<{ email: string; password: string }>,
): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Email').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Live', { exact: true }).waitFor()
}
