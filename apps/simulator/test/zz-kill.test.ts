import { test } from 'vitest'
test('kills', async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}) })
