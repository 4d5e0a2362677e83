import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    expect: { poll: { timeout: 10_000 } },
    globalSetup: '@reelay/local-services/vitest',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
