/** Waveport for a driver author's own test suite, under vitest. */
export { EarRecorder, type HeardSound } from './ear-recorder.ts';
export { Lab, LabMachine } from './lab.ts';
export type { MatchOptions } from './matchers.ts';
export { type PinTableHost, pinTable } from './pin-table.ts';
export { scenario } from './scenario.ts';
export { noise, tone } from './sounds.ts';
export { Mouth, TestCapture, type TestCaptureOptions } from './test-capture.ts';
export { formatOf, TestRender, type TestRenderOptions } from './test-render.ts';
