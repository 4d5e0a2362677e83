import { suite } from '@reelay/local-services/suite'

const chaos = 'test/chaos.test.ts'

// Parts wait for clocks more than they compute; chaos has the machine to itself.
export default suite({
  globalSetup: '@reelay/local-services/vitest',
  setupFiles: '@reelay/db/quick-imports',
  maxConcurrency: 4,
  testTimeout: 900_000,
  hookTimeout: 900_000,
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
    // Each of its scenarios waits for many things in turn.
    { extends: true, test: { name: 'chaos', include: [chaos], testTimeout: 1_800_000 } },
  ],
})
