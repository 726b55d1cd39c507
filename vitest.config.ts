import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'threads',
    // Vitest would leave one processor alone, which of two is half of them.
    maxWorkers: availableParallelism(),
    testTimeout: 60_000,
  },
});
