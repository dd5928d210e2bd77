import { type Canary, canaryOf } from './canaries.ts'
import type { EntryPoints, Reply } from './entry-points.ts'

type Signed = Readonly<{ pastor: string; admin: string }>

/**
 * The doors that secrets go in and out by, beside those of bookings: tokens, settings, webhooks to others. A new one belongs
 * here: what goes in holds `word`, which may stand nowhere; what the server makes comes back as a canary of its own.
 */
export async function useLaterEntryPoints(doors: EntryPoints, cookies: Signed, word: string): Promise<Canary[]> {
  return [
    ...(await useTokens(doors, cookies)),
    ...(await setSettings(doors, cookies, word)),
    ...(await addEndpoints(doors, cookies, word)),
  ]
}

/** A token that is made, used rightly and wrongly, and revoked. Its first characters are how people tell it from others. */
async function useTokens(doors: EntryPoints, { pastor }: Signed): Promise<Canary[]> {
  const made = await doors.ask(
    'token',
    'mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token apiToken { id } } }',
    { input: { name: 'A script', scopes: ['bookings:read'] } },
    { cookie: pastor },
  )
  const token = textIn(made, 'token')
  const authorization = `Bearer ${token}`
  await doors.ask('token', '{ bookings { nodes { id } } }', {}, { authorization })
  await doors.ask('token refused', '{ auditLogs { nodes { id } } }', {}, { authorization })
  await doors.ask('token misspelt', '{ viewer { id } }', {}, { authorization: `${authorization}x` })
  await doors.knock('token in a link', `/graphql?token=${token}&query={viewer{id}}`, { headers: { authorization } })
  const input = { id: textIn(made, 'id') }
  const revoke = 'mutation($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) { apiToken { id } } }'
  await doors.ask('token', revoke, { input }, { cookie: pastor })
  await doors.ask('token revoked', '{ viewer { id } }', {}, { authorization })
  return [canaryOf('API token', token.slice(-24))]
}

/** A setting that is sealed, set, set again and set wrongly. */
async function setSettings(doors: EntryPoints, { admin }: Signed, word: string): Promise<Canary[]> {
  const query =
    'mutation($input: SetSystemSettingInput!) { setSystemSetting(input: $input) { systemSetting { key value } } }'
  const inputs = [
    { key: 'ai.openai.apiKey', value: `sk-${word}setting` },
    { key: 'ai.openai.apiKey', value: `sk-${word}settinganew` },
    { key: 'ai.openai.apiKey', value: `${word}with a space` },
    { key: 'ai.openai.apiKey', value: [`${word}inalist`] },
    { key: 'ai.openai.apiKey', value: `sk-${word}inclear`, isEncrypted: false },
    { key: 'ai.openai.baseUrl', value: `https://user:${word}password@ai.example/` },
    { key: `ai.${word}unknown`, value: `${word}value` },
  ]
  for (const input of inputs) await doors.ask('setting', query, { input }, { cookie: admin })
  await doors.ask('settings', '{ systemSettings { nodes { key value } } }', {}, { cookie: admin })
  return []
}

/** An endpoint whose URL is as good as a password, and the secret that its messages are signed with. */
async function addEndpoints(doors: EntryPoints, { pastor }: Signed, word: string): Promise<Canary[]> {
  const query =
    'mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { secret endpoint { id } } }'
  const document = 'subscription { bookingChanged { kind bookingId } }'
  const add = (url: string, given = document) =>
    doors.ask(
      'endpoint',
      query,
      { input: { name: 'Wall', url, document: given, scopes: ['bookings:read'] } },
      { cookie: pastor },
    )
  const made = await add(`https://hooks.example/${word}path?key=${word}query`)
  await add(`https://127.0.0.1/${word}internal`)
  await add(`no url but ${word}words`)
  await add('https://hooks.example/', `subscription { bookingChanged(after: "${word}cursor") { kind } }`)
  return [canaryOf('secret of an endpoint', textIn(made, 'secret').replace(/^whsec_/, ''))]
}

/** One text in an answer. What did not come is no test of where it went. */
function textIn({ text }: Reply, name: string): string {
  const [, value] = new RegExp(`"${name}":"([^"]+)"`).exec(text) ?? []
  if (value === undefined) throw new Error(`no ${name} in ${text}`)
  return value
}
