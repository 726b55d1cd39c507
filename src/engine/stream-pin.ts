export { CyclicPin as StreamPin } from './cyclic-pin.ts';
export type { EnginePinRequest as StreamPinRequest, StreamDrive } from './engine-pin.ts';
