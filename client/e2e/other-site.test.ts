import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, openBrowser, skipReason } from './browser.ts'
import { type Church, type Person, startChurch } from './church.ts'

const query = '{ bookings { totalCount } }'

describe.skipIf(chromiumPath === null)(`A page of another site${skipReason}`, () => {
  const site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<title>A dashboard</title>')
  })
  let church: Church
  let browser: Awaited<ReturnType<typeof openBrowser>>
  let page: Page
  let token: string

  beforeAll(async () => {
    await once(site.listen(0, '127.0.0.1'), 'listening')
    // A listening TCP server has an address object. Another host than the church's, so that it is another site.
    const origin = `http://localhost:${(site.address() as AddressInfo).port}`
    church = await startChurch({ CORS_ALLOWED_ORIGINS: origin })
    const pastor = await church.addPerson('pastor', 'Pastor Paul', 7)
    browser = await openBrowser()
    page = await browser.context.newPage()
    token = await signInAndCreateToken(pastor)
    await page.goto(origin)
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
    site.close()
  })

  /** Signs the browser in to ChurchHub, on its own page. */
  async function signInAndCreateToken({ email, password }: Person): Promise<string> {
    await page.goto(church.url)
    return page.evaluate(
      async (input) => {
        const send = async (query: string, variables: unknown) => {
          const headers = { 'content-type': 'application/json' }
          const response = await fetch('/graphql', {
            method: 'POST',
            headers,
            body: JSON.stringify({ query, variables }),
          })
          return (await response.json()).data
        }
        await send('mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }', { input })
        const { createApiToken } = await send(
          'mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
          { input: { name: 'A dashboard', scopes: ['bookings:read'] } },
        )
        return createApiToken.token as string
      },
      { email, password },
    )
  }

  /** The status and body that the page reads, or the name of the error if the browser keeps the response from it. */
  const send = (authorization: string | null, credentials: RequestCredentials) =>
    page.evaluate(
      async ({ url, query, authorization, credentials }) => {
        const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) }
        const body = JSON.stringify({ query })
        return fetch(url, { method: 'POST', headers, body, credentials }).then(
          async (response) => ({ status: response.status, body: await response.json() }),
          (error: Error) => error.name,
        )
      },
      { url: `${church.url}/graphql`, query, authorization, credentials },
    )

  it('uses a token, and reads errors', async () => {
    expect(await send(`Bearer ${token}`, 'omit')).toMatchObject({
      status: 200,
      body: { data: { bookings: { totalCount: 0 } } },
    })
    expect(await send('Bearer chub_of_nobody', 'omit')).toMatchObject({
      status: 401,
      body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    })
  })

  it('never uses the cookie of the user who is signed in', async () => {
    expect(await send(null, 'omit')).toMatchObject({ status: 403 })
    expect(await send(null, 'include')).toBe('TypeError')
    expect(await send(`Bearer ${token}`, 'include')).toBe('TypeError')
  })

  it('follows changes over a WebSocket, with a token only', async () => {
    const connect = (payload: Record<string, string>) =>
      page.evaluate(
        ({ url, payload }) =>
          new Promise<string | number>((resolve) => {
            const socket = new WebSocket(url, 'graphql-transport-ws')
            socket.onopen = () => socket.send(JSON.stringify({ type: 'connection_init', payload }))
            socket.onmessage = ({ data }) => resolve(JSON.parse(data).type)
            socket.onclose = ({ code }) => resolve(code)
          }),
        { url: `${church.url.replace('http', 'ws')}/graphql`, payload },
      )
    expect(await connect({ authorization: `Bearer ${token}` })).toBe('connection_ack')
    expect(await connect({})).toBe(4403)
  })
})
