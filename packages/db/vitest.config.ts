import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { globalSetup: '@reelay/local-services/vitest', testTimeout: 20_000, hookTimeout: 20_000 },
})
