import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { test } from 'vitest'
test('leaves handles and a child', async () => {
  createServer().listen(0); setInterval(() => {}, 1000)
  spawn('sleep', ['3333'], { stdio: 'inherit', detached: true })
  throw new Error('by hand')
})
