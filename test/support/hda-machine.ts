/**
 * The whole stack over the modelled HD Audio device: a lab machine with our driver, and a stream
 * with a timer-driven client and a ledger at the ear. What the hardware holds between memory and
 * ear is written down here once, so that scenarios can compute what they expect.
 */
import { framesIn } from '../../src/base/frame-time.ts';
import { KsFilter } from '../../src/client/ks-filter.ts';
import type { BufferView, HardwareLatency, KsPin } from '../../src/client/ks-pin.ts';
import { openStream } from '../../src/client/open-stream.ts';
import type { RenderJournal } from '../../src/client/render-buffer.ts';
import { type HeardFrames, SoundLedger } from '../../src/client/sound-ledger.ts';
import { TimerRenderClient } from '../../src/client/timer-render.ts';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import type { DeviceSlot } from '../../src/hardware/device.ts';
import { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import type { Mdl } from '../../src/kernel/memory/mdl.ts';
import type { AudioDevice } from '../../src/machine/devices.ts';
import type { Machine, MachineConfig } from '../../src/machine/machine.ts';
import { WaveRtPin } from '../../src/portcls/wavert/wavert-pin.ts';
import { KSCATEGORY_REALTIME } from '../../src/standards/ks/guids.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import { frameBytes } from '../../src/standards/pcm/format.ts';
import { type Lab, type LabMachine, noise } from '../../src/testing/index.ts';
import { behindSilence, withoutPrime } from './behind-silence.ts';
import { MemorySource } from './memory-source.ts';

export { MemorySource };

export const MS = 1_000_000;
export const STREAM_PIN = 0;
/** Stream descriptors 0 to 3 are input engines; the driver's first output engine is the fifth. */
export const OUTPUT_STREAM = 4;
/** Frames in the pipeline of the modelled codec: converter and pin. */
export const CODEC_FRAMES = 14;
/** Frames in the FIFO of the modelled controller: a third of a millisecond. */
export const fifoFrames = (rateHz: number): number => Math.ceil(rateHz / 3000);

export const intelHda = {
  device: (slot: DeviceSlot): HdaController => new HdaController(slot),
  driver: hdaDriver,
} as const;

type Extras = Partial<MachineConfig<HdaController>>;

export const bootHda = (lab: Lab, extras: Extras = {}): LabMachine<HdaController> =>
  lab.boot({ ...intelHda, ...extras });

/** The model's and QEMU's, by what both have. */
export type HdaMachine = LabMachine<AudioDevice>;

/** The pages of the one stream that is open. */
export function openMdl({ portClass }: Machine): Mdl {
  const [pin] = portClass.openPins;
  if (!(pin instanceof WaveRtPin) || pin.buffer.mdl === null) throw new Error('no open buffer');
  return pin.buffer.mdl;
}

export interface HdaStreamOptions {
  readonly soundMs: number;
  readonly bufferMs: number;
  readonly wakeDelayNs?: (wake: number) => number;
  /** Takes the ear's frames from the first sent one on. */
  readonly heard?: HeardFrames;
}

/** A stream of noise from a timer-driven client, from pin to ear. */
export class HdaStream {
  readonly filter: KsFilter;
  readonly pin: KsPin;
  readonly buffer: BufferView;
  readonly latency: HardwareLatency;
  readonly ledger: SoundLedger;
  readonly client: TimerRenderClient;
  readonly sound: Uint8Array;
  readonly periodNs: number;
  /** When the stream entered RUN. */
  runNs = Number.NaN;
  readonly #machine: Machine<AudioDevice>;
  /** Whether the ear is late, and another stream's rest comes first. */
  readonly #isBehindAnother: boolean;
  #writtenFrames = 0;
  #heardAtRun = 0;

  constructor(
    { machine, client }: LabMachine<AudioDevice>,
    format: PcmFormat,
    options: HdaStreamOptions,
  ) {
    const { bufferMs, heard, soundMs, wakeDelayNs } = options;
    this.#machine = machine;
    const { speaker, untoldDelayNs } = machine.device;
    this.#isBehindAnother = untoldDelayNs !== undefined && speaker.format !== null;
    const [link = ''] = machine.kernel.interfaces.enumerate(KSCATEGORY_REALTIME);
    this.filter = KsFilter.open(client, link);
    const framesOf = (ms: number): number => Math.round((format.rateHz * ms) / 1000);
    const bytes = framesOf(bufferMs) * frameBytes(format);
    const { buffer, latency, pin } = openStream(this.filter, STREAM_PIN, format, bytes);
    this.pin = pin;
    this.buffer = buffer;
    this.latency = latency;
    this.sound = noise(format, framesOf(soundMs));
    this.ledger = new SoundLedger(pin.frameBytes, 3 * this.bufferFrames, heard);
    const period100ns = bufferMs * 5000;
    this.periodNs = period100ns * 100;
    this.client = new TimerRenderClient({
      kernel: machine.kernel,
      pin,
      buffer,
      latency,
      source: new MemorySource(this.sound, pin.frameBytes),
      journal: this.#journal(),
      period100ns,
      settle: () => machine.device.settle(),
      untoldDelayNs: () => machine.device.untoldDelayNs ?? 0,
      observer: { entered: () => this.#entered(), leaving: () => undefined },
      ...(wakeDelayNs === undefined ? {} : { wakeDelayNs }),
    });
    this.client.start();
  }

  get bufferFrames(): number {
    return this.buffer.actualBytes / this.pin.frameBytes;
  }

  /** Frames that the client keeps between its write position and the device's. */
  get leadFrames(): number {
    return this.client.leadFrames;
  }

  get hardwareFrames(): number {
    return fifoFrames(this.pin.format.rateHz) + CODEC_FRAMES;
  }

  /** Frames that the driver says are between memory and ear. */
  get promisedFrames(): number {
    const { chipsetDelay100ns, codecDelay100ns, fifoBytes } = this.latency;
    const delayNs = (chipsetDelay100ns + codecDelay100ns) * 100;
    return fifoBytes / this.pin.frameBytes + Math.round((delayNs * this.pin.format.rateHz) / 1e9);
  }

  /** Frames that the client wrote and the ear has not heard. */
  get pendingFrames(): number {
    const heard = this.#machine.device.speaker.heardFrames - this.#heardAtRun;
    return this.#writtenFrames - heard;
  }

  /** Frames that DMA has fetched `elapsedNs` after RUN. */
  fetchedAt(elapsedNs: number): number {
    return framesIn(elapsedNs, this.pin.format.rateHz);
  }

  /** Plays to the end of the sound and closes. @throws Error when it does not come to an end */
  playOut(): this {
    const { kernel } = this.#machine;
    const limitNs = kernel.clock.now + 5000 * MS;
    if (!kernel.runUntil(() => this.client.isDone, limitNs)) throw new Error('it plays on');
    this.close();
    return this;
  }

  close(): void {
    this.pin.close();
    this.filter.close();
  }

  /** What happened before RUN belongs to the stream before. */
  #entered(): void {
    const { kernel, device } = this.#machine;
    this.runNs = kernel.clock.now;
    const { ledger, pin } = this;
    device.speaker.sink = this.#isBehindAnother ? behindSilence(ledger, pin.frameBytes) : ledger;
    this.#heardAtRun = device.speaker.heardFrames;
  }

  #journal(): RenderJournal {
    const { ledger, pin } = this;
    if (this.#isBehindAnother) return withoutPrime(ledger);
    return {
      prime: (frames) => {
        this.#writtenFrames += frames;
        ledger.prime(frames);
      },
      send: (bytes, offset, byteLength) => {
        this.#writtenFrames += byteLength / pin.frameBytes;
        ledger.send(bytes, offset, byteLength);
      },
      stale: (frames) => ledger.stale(frames),
      endSending: () => ledger.endSending(),
    };
  }
}
