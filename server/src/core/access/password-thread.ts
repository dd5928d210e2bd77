import { parentPort } from 'node:worker_threads'
import { judgePassword } from './judge-password.ts'
import type { JudgeRequest } from './password-strength.ts'

// The thread that password-strength.ts starts: judging takes long enough to hold up every other request.
parentPort?.on('message', ({ password, context }: JudgeRequest) => {
  parentPort?.postMessage(judgePassword(password, context))
})
