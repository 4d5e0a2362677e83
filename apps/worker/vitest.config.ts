import { defineConfig } from 'vitest/config'

// Files wait for clocks more than they compute, and each has its own database and key prefix.
export default defineConfig({
  test: {
    expect: { poll: { timeout: 10_000 } },
    globalSetup: '@reelay/local-services/vitest',
    setupFiles: '@reelay/db/quick-imports',
    maxWorkers: 4,
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
