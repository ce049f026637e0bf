import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two cores are what the smallest server has; more workers only wait for each other there.
    maxWorkers: 2,
    // Longer than the slowest takes on a busy machine; what hangs must not hold everything up.
    testTimeout: 120_000,
  },
})
