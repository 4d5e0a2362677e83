import { defineConfig } from 'vitest/config'

// Drawing the first clip on a busy machine takes a while.
export default defineConfig({
  test: { expect: { poll: { timeout: 10_000 } }, isolate: false, testTimeout: 60_000 },
})
