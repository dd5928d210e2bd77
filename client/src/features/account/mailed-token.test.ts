import { expect, test, vi } from 'vitest'
import { takeMailedToken } from './mailed-token.ts'

const openedBy = (path: string) => {
  const { pathname, search, hash } = new URL(path, 'https://hub.church.example')
  const history = { state: { depth: 1 }, replaceState: vi.fn<History['replaceState']>() }
  return { token: takeMailedToken({ pathname, search, hash }, history), replaced: history.replaceState.mock.calls }
}

test('the token is removed from the address and the history when it is read', () => {
  const { token, replaced } = openedBy('/reset-password?from=mail#token=made-up_Token-1')
  expect(token).toBe('made-up_Token-1')
  expect(replaced).toEqual([[{ depth: 1 }, '', '/reset-password?from=mail']])
})

test('an empty token counts as none, and is removed too', () => {
  const { token, replaced } = openedBy('/accept-invitation#token=')
  expect(token).toBeNull()
  expect(replaced).toHaveLength(1)
})

test.each(['/reset-password', '/reset-password#main', '/reset-password?token=in-the-query'])(
  'there is no token in %s, and the address stays',
  (path) => {
    expect(openedBy(path)).toEqual({ token: null, replaced: [] })
  },
)
