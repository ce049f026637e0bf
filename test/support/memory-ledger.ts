/** The ledger in memory, under the name by which the tests know it. */
export { MemoryLedger } from '../../src/app/memory-ledger.ts'
