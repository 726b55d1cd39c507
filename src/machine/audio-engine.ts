/**
 * The audio engine of a machine: a process of its own that finds the endpoints and serves them,
 * as audiodg.exe and the audio services do on Windows. Switch it off before the machine.
 */
import { AudioEngine } from '../engine/audio-engine.ts';
import type { StreamDrive } from '../engine/engine-pin.ts';
import type { DeviceModel } from '../hardware/device.ts';
import type { Machine } from './machine.ts';

export interface AudioEngineOptions {
  /** The best way of driving pins that the engine may use; what the driver offers if absent. */
  readonly drive?: StreamDrive;
}

/** Starts the engine process; `shutDown` of what it returns ends it. */
export function startAudioEngine<D extends DeviceModel>(
  machine: Machine<D>,
  options: AudioEngineOptions = {},
): AudioEngine {
  return new AudioEngine({
    kernel: machine.kernel,
    process: machine.openProcess('audio engine'),
    settle: () => machine.device.settle(),
    ...options,
  });
}
