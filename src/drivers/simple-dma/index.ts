/** A WaveRT driver for simple DMA hardware, as a vendor would write it. */
export { makeSimpleDmaDriver, type SimpleDmaDriverOptions, simpleDmaDriver } from './adapter.ts';
