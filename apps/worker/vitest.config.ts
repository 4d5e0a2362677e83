import { suite } from '@reelay/local-services/testing/suite'

// Files wait for clocks more than they compute, and each has its own database and key prefix.
export default suite({
  globalSetup: '@reelay/local-services/testing/vitest',
  setupFiles: '@reelay/db/quick-imports',
  maxWorkers: 4,
  isolate: false,
})
