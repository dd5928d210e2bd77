import { type Canary, canaryOf } from './canaries.ts'
import type { EntryPoints, Reply } from './entry-points.ts'

type Signed = Readonly<{ pastor: string; admin: string }>

/**
 * The entry points for secrets other than those of bookings: tokens, settings, outgoing webhooks. New ones belong here.
 * Every input contains `word`, which must not appear anywhere; every secret that the server generates is returned as
 * its own canary.
 */
export async function useLaterEntryPoints(entryPoints: EntryPoints, cookies: Signed, word: string): Promise<Canary[]> {
  return [
    ...(await useTokens(entryPoints, cookies)),
    ...(await setSettings(entryPoints, cookies, word)),
    ...(await addEndpoints(entryPoints, cookies, word)),
  ]
}

/** Creates a token, uses it with and without success, and revokes it. People recognize it by its first characters. */
async function useTokens(entryPoints: EntryPoints, { pastor }: Signed): Promise<Canary[]> {
  const made = await entryPoints.ask(
    'token',
    'mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token apiToken { id } } }',
    { input: { name: 'A script', scopes: ['bookings:read'] } },
    { cookie: pastor },
  )
  const token = textIn(made, 'token')
  const authorization = `Bearer ${token}`
  await entryPoints.ask('token', '{ bookings { nodes { id } } }', {}, { authorization })
  await entryPoints.ask('token refused', '{ auditLogs { nodes { id } } }', {}, { authorization })
  await entryPoints.ask('token misspelt', '{ viewer { id } }', {}, { authorization: `${authorization}x` })
  await entryPoints.knock('token in a link', `/graphql?token=${token}&query={viewer{id}}`, {
    headers: { authorization },
  })
  const input = { id: textIn(made, 'id') }
  const revoke = 'mutation($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) { apiToken { id } } }'
  await entryPoints.ask('token', revoke, { input }, { cookie: pastor })
  await entryPoints.ask('token revoked', '{ viewer { id } }', {}, { authorization })
  return [canaryOf('API token', token.slice(-24))]
}

/** Sets an encrypted setting, changes it, and sets it to an invalid value. */
async function setSettings(entryPoints: EntryPoints, { admin }: Signed, word: string): Promise<Canary[]> {
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
  for (const input of inputs) await entryPoints.ask('setting', query, { input }, { cookie: admin })
  await entryPoints.ask('settings', '{ systemSettings { nodes { key value } } }', {}, { cookie: admin })
  return []
}

/** Creates an endpoint whose URL is as good as a password, and returns the secret that signs its messages. */
async function addEndpoints(entryPoints: EntryPoints, { pastor }: Signed, word: string): Promise<Canary[]> {
  const query =
    'mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { secret endpoint { id } } }'
  const document = 'subscription { bookingChanged { kind bookingId } }'
  const add = (url: string, given = document) =>
    entryPoints.ask(
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

/** One string field of a response. Throws if it is missing, because the test would then prove nothing. */
function textIn({ text }: Reply, name: string): string {
  const [, value] = new RegExp(`"${name}":"([^"]+)"`).exec(text) ?? []
  if (value === undefined) throw new Error(`no ${name} in ${text}`)
  return value
}
