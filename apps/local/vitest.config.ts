import { suite } from '@reelay/local-services/testing/suite'

// Parts wait for clocks more than they compute.
export default suite({
  globalSetup: '@reelay/local-services/testing/vitest',
  setupFiles: '@reelay/db/quick-imports',
  maxConcurrency: 4,
  testTimeout: 900_000,
  hookTimeout: 900_000,
  maxWorkers: 3,
})
