import { parentPort } from 'node:worker_threads'
import { judgePassword } from './judge-password.ts'
import type { JudgeRequest } from './password-strength.ts'

// The worker thread of password-strength.ts: judging would block the event loop.
parentPort?.on('message', ({ password, context }: JudgeRequest) => {
  parentPort?.postMessage(judgePassword(password, context))
})
