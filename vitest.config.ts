import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two cores are what the smallest server has; more workers only wait for each other there.
    maxWorkers: 2,
    testTimeout: 180_000,
  },
})
