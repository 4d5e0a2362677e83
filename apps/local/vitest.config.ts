import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: '@reelay/local-services/vitest',
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxConcurrency: 4,
  },
})
