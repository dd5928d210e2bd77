import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { bookingIn, created } from './cal.ts'
import { type Church, type Person, startChurch } from './church.ts'

/** Unique words: an attendee's note, and the reader's password. */
const note = 'quvzelmothrin'

/** Everything that a page can store, as one text. */
const stored = async () => {
  const databases = await Promise.all(
    (await indexedDB.databases()).map(async ({ name }) => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name ?? '')
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
      const stores = [...database.objectStoreNames]
      const rows = await Promise.all(
        stores.map(
          (store) =>
            new Promise((resolve, reject) => {
              const request = database.transaction(store).objectStore(store).getAll()
              request.onsuccess = () => resolve(request.result)
              request.onerror = () => reject(request.error)
            }),
        ),
      )
      database.close()
      return [name, stores, rows]
    }),
  )
  const caches = await Promise.all(
    (await window.caches.keys()).map(async (name) => {
      const cache = await window.caches.open(name)
      const answers = await cache.matchAll()
      return [name, await Promise.all(answers.map(async (answer) => [answer.url, await answer.text()]))]
    }),
  )
  const workers = (await navigator.serviceWorker?.getRegistrations())?.map(({ scope }) => scope)
  const entries = performance.getEntries().map(({ name }) => name)
  return JSON.stringify([
    ['local', { ...localStorage }, 'session', { ...sessionStorage }, 'cookie', document.cookie, window.name],
    ['title', document.title, 'url', location.href, 'history', history.state, history.length, entries],
    ['databases', databases, 'caches', caches, 'workers', workers],
  ])
}

describe.skipIf(chromiumPath === null)(`what the browser keeps of an opened summary${skipReason}`, () => {
  let church: Church
  let browser: Awaited<ReturnType<typeof openBrowser>>
  let page: Page
  let pastor: Person
  beforeAll(async () => {
    ;[church, browser] = await Promise.all([startChurch(), openBrowser()])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    page = await browser.context.newPage()
    await signIn(page, church.url, pastor)
    await church.deliver(created(bookingIn(25, pastor, { notes: `About ${note}.` })))
    await page
      .getByRole('region', { name: /^(Next|Now)$/ })
      .getByText('Summary ready')
      .waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
  })

  /** The files of the browser's profile that contain a word: its disk cache, its session store, its history. */
  async function filesWith(word: string): Promise<string[]> {
    const entries = await readdir(browser.profile, { recursive: true, withFileTypes: true })
    const found = await Promise.all(
      entries
        .filter((entry) => entry.isFile())
        .map(async (entry) => {
          const path = join(entry.parentPath, entry.name)
          const bytes = await readFile(path).catch(() => Buffer.alloc(0))
          return [word, Buffer.from(word, 'utf16le')].some((form) => bytes.includes(form)) ? [path] : []
        }),
    )
    return found.flat()
  }

  // Both fail if read-encrypted.ts puts the decrypted text into localStorage.
  test('none of its text is in any storage, its address or its title, while it is open and afterwards', async () => {
    await page
      .getByRole('region', { name: /^(Next|Now)$/ })
      .getByText('Open booking')
      .click()
    await page.getByRole('button', { name: 'Open summary' }).click()
    await page.getByText(new RegExp(note)).waitFor()
    expect(await page.evaluate(stored)).not.toContain(note)
    await page.getByRole('button', { name: 'Close booking' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const remaining = await page.evaluate(stored)
    expect(remaining).not.toContain(note)
    expect(remaining).not.toContain(pastor.password)
    expect(await page.content()).not.toContain(note)
    await page.goBack()
    await page.getByRole('button', { name: 'Open summary' }).waitFor()
    expect(await page.content()).not.toContain(note)
  })

  test('none of its text is on the disk when it has been closed', async () => {
    await page.goto(`${church.url}/audit`)
    await page.getByText('Opened a summary').first().waitFor()
    await browser.context.close()
    expect(await filesWith(new URL(church.url).host)).not.toEqual([])
    expect(await filesWith(note)).toEqual([])
    expect(await filesWith(pastor.password)).toEqual([])
  })
})
