/** A WaveRT driver for HD Audio, as a vendor would write it. */
export { hdaDriver } from './adapter.ts';
