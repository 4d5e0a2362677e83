import { suite } from '@reelay/local-services/testing/suite'

// Each of its scenarios waits for many things in turn.
export default suite({
  globalSetup: '@reelay/local-services/testing/vitest',
  setupFiles: '@reelay/db/quick-imports',
  maxConcurrency: 4,
  testTimeout: 1_800_000,
  hookTimeout: 900_000,
})
