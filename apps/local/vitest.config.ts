import { defineConfig } from 'vitest/config'

const chaos = 'test/chaos.test.ts'

// Parts wait for clocks more than they compute; chaos measures time, and has the machine to itself.
export default defineConfig({
  test: {
    expect: { poll: { timeout: 10_000 } },
    globalSetup: '@reelay/local-services/vitest',
    setupFiles: '@reelay/db/quick-imports',
    testTimeout: 240_000,
    hookTimeout: 60_000,
    maxConcurrency: 4,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/*.test.ts'],
          exclude: [chaos],
          maxWorkers: 3,
        },
      },
      { extends: true, test: { name: 'chaos', include: [chaos] } },
    ],
  },
})
