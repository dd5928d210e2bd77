import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** How the fake provider behaves. `brief` is its response, or a function of the prompt. */
export type Behaviour =
  | Readonly<{ brief: unknown | ((prompt: string) => unknown); afterMs?: number }>
  | 'wrong key'
  | 'unknown model'
  | 'rate limited'
  | 'overloaded'
  | 'half an answer'
  | 'garbage'
  | 'another shape'
  | 'a refusal'
  | 'a hang'
  | 'a redirect'
  | 'an endless answer'

type ProviderRequest = Readonly<{
  path: string
  headers: IncomingMessage['headers']
  /** The raw body. */
  body: string
}>

/**
 * A loopback server with the APIs of OpenAI, Anthropic and OpenAI-compatible servers: paths, responses and errors follow their
 * references (platform.openai.com/docs/api-reference/chat, docs.anthropic.com/en/api/messages and /errors). Records every
 * request.
 */
export async function startProviderServer(behaviours: readonly Behaviour[] = []) {
  const requests: ProviderRequest[] = []
  const queue = [...behaviours]
  let underWay = 0
  let maxConcurrent = 0
  let last: Behaviour = { brief: { about: 'They want to talk.', asksFor: null, goodToKnow: [] } }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    requests.push({ path: request.url ?? '', headers: request.headers, body })
    last = queue.shift() ?? last
    underWay += 1
    maxConcurrent = Math.max(maxConcurrent, underWay)
    response.once('close', () => (underWay -= 1))
    if (typeof last === 'object' && last.afterMs !== undefined) await setTimeout(last.afterMs)
    behave(last, request.url ?? '', body, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port, so that is what it has
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    /** The maximum number of concurrent requests so far. */
    mostAtOnce: () => maxConcurrent,
    behave: (...next: readonly Behaviour[]) => queue.splice(0, queue.length, ...next),
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

function behave(behaviour: Behaviour, path: string, body: string, response: ServerResponse) {
  const isAnthropic = path.endsWith('/messages')
  const fail = (status: number, type: string, code: string | null) => {
    const error = isAnthropic
      ? { type: 'error', error: { type, message: 'no' }, request_id: 'req_1' }
      : { error: { message: 'no', type, param: null, code } }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(error))
  }
  const answerText = (text: string) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(isAnthropic ? message(text) : completion(text)))
  if (typeof behaviour === 'object') {
    const { brief } = behaviour
    return answerText(JSON.stringify(typeof brief === 'function' ? brief(promptOf(body)) : brief))
  }
  switch (behaviour) {
    case 'wrong key':
      return fail(401, isAnthropic ? 'authentication_error' : 'invalid_request_error', 'invalid_api_key')
    case 'unknown model':
      return fail(404, isAnthropic ? 'not_found_error' : 'invalid_request_error', 'model_not_found')
    case 'rate limited':
      return fail(429, isAnthropic ? 'rate_limit_error' : 'requests', 'rate_limit_exceeded')
    case 'overloaded':
      return fail(isAnthropic ? 529 : 503, isAnthropic ? 'overloaded_error' : 'server_error', null)
    case 'half an answer': {
      const text = JSON.stringify(isAnthropic ? message('{"about"') : completion('{"about"'))
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length })
      return response.write(text.slice(0, 40), () => response.destroy())
    }
    case 'garbage':
      return response.writeHead(200, { 'content-type': 'application/json' }).end('<html>not json')
    case 'another shape':
      return answerText('Sure! Here is a poem about the meeting.')
    case 'a refusal':
      return response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(isAnthropic ? { ...message(''), stop_reason: 'refusal' } : refused()))
    case 'a redirect':
      return response.writeHead(307, { location: 'http://127.0.0.1:9/stolen' }).end()
    case 'an endless answer': {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(64_000)));
      }
      response.on('drain', more)
      return more()
    }
    case 'a hang':
      return undefined
  }
}

function promptOf(body: string): string {
  const parsed: { messages: { role: string; content: string | { text: string }[] }[] } = JSON.parse(body)
  const content = parsed.messages.findLast(({ role }) => role === 'user')?.content ?? ''
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('')
}

function completion(content: string) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'a-model',
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 },
  }
}

function refused() {
  const [choice] = completion('').choices
  return {
    ...completion(''),
    choices: [
      { ...choice, message: { role: 'assistant', content: null, refusal: 'No.' }, finish_reason: 'content_filter' },
    ],
  }
}

function message(text: string) {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'a-model',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 100, output_tokens: 50 },
  }
}
