import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { globalSetup: '@reelay/local-services/vitest', testTimeout: 60_000, hookTimeout: 60_000 },
})
