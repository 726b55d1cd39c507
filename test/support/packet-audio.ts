/**
 * The audio engine over the bus-master device, whose pins take stream packets: a lab machine with
 * an ear and a mouth, the engine, and ways to keep the processor from it.
 */
import { defined } from '../../src/base/assert.ts';
import type { AudioEndpoint } from '../../src/engine/audio-endpoint.ts';
import type { CaptureEngine } from '../../src/engine/capture-engine.ts';
import type { RenderEngine } from '../../src/engine/render-engine.ts';
import type { ThreadGenerator } from '../../src/kernel/dispatch/thread.ts';
import type { Lab } from '../../src/testing/index.ts';
import type { BusMasterDevice } from './bus-master-device.ts';
import type { BusMasterOptions } from './bus-master-driver.ts';
import {
  type BusMasterExtras,
  type BusMasterMachine,
  bootBusMaster,
} from './bus-master-machine.ts';
import { AudioLab } from './wasapi-client.ts';

export const MS = 1_000_000;
/** 10 ms at 48 kHz. */
export const PERIOD = 480;
const HIGHEST_PRIORITY = 31;

export class PacketAudio {
  readonly machine: BusMasterMachine;
  readonly audio: AudioLab<BusMasterDevice>;

  constructor(lab: Lab, options: BusMasterOptions = {}, extras: BusMasterExtras = {}) {
    this.machine = bootBusMaster(lab, options, extras);
    this.audio = new AudioLab<BusMasterDevice>(this.machine.lab);
  }

  endpoint(isRender = true): AudioEndpoint {
    const { endpoints } = this.audio.engine;
    return defined(
      endpoints.find((endpoint) => endpoint.isRender === isRender),
      'endpoint',
    );
  }

  get renderEngine(): RenderEngine {
    return defined(this.endpoint(true).renderEngine, 'render engine');
  }

  get captureEngine(): CaptureEngine {
    return defined(this.endpoint(false).captureEngine, 'capture engine');
  }

  runFor(ns: number): void {
    this.machine.lab.runFor(ns);
  }

  /** Another thread takes the processor so long after the stream's start, for so long. */
  keepBusy(runNs: number, fromMs: number, forMs: number): void {
    const { clock, dispatcher } = this.machine.kernel;
    const { kernel } = this.machine;
    function* busy(): ThreadGenerator {
      yield kernel.delay(Math.ceil((runNs + fromMs * MS - clock.now) / 100));
      dispatcher.stall((runNs + (fromMs + forMs) * MS - clock.now) / 1000);
    }
    dispatcher.createThread('busy', HIGHEST_PRIORITY, busy);
  }

  /** Ends the engine: the machine can be shut down. */
  end(): void {
    this.audio.end();
  }
}
