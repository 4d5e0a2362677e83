import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { globalSetup: '@reelay/local-services/vitest', testTimeout: 30_000, hookTimeout: 30_000 },
})
