import { defineConfig } from 'vitest/config'

// The first start on a machine may have a server to download.
export default defineConfig({ test: { maxWorkers: 3, testTimeout: 90_000, unstubEnvs: true } })
