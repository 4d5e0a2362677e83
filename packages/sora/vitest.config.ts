import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { expect: { poll: { timeout: 10_000 } }, isolate: false, testTimeout: 60_000 },
})
