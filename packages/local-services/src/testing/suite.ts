import type { ViteUserConfig } from 'vitest/config'
import { CONDITION_MS } from './condition-ms.ts'
import { endAfterFailure } from './end-after-failure.ts'

type Own = NonNullable<ViteUserConfig['test']>

const TEST_MS = 300_000

/** What every package's tests are run with, and its own on top. The first failure ends the run. */
export function suite({ setupFiles = [], ...own }: Own = {}): ViteUserConfig {
  return {
    plugins: [endAfterFailure],
    test: {
      testTimeout: TEST_MS,
      hookTimeout: TEST_MS,
      // Also of the `expect` that a test is handed.
      expect: { poll: { timeout: CONDITION_MS } },
      setupFiles: ['@reelay/local-services/testing/patience', ...[setupFiles].flat()],
      ...own,
    },
  }
}
