/**
 * A capture stream in a scenario's own hands, and the mouth that speaks into it: nothing happens
 * that the scenario does not ask for. What is read is remembered as captured.
 */
import type { KsFilter } from '../client/ks-filter.ts';
import type { BufferView, HardwareLatency, KsPin } from '../client/ks-pin.ts';
import type { DeviceModel } from '../hardware/device.ts';
import type { SoundSource } from '../hardware/endpoint/line-in.ts';
import { type SoundFormat, soundFrameBytes } from '../hardware/endpoint/sound-format.ts';
import type { Machine } from '../machine/machine.ts';
import type { KSSTATE } from '../standards/ks/requests.ts';
import type { NtStatus } from '../standards/nt/ntstatus.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { formatOf, type RenderHost, type TestRenderOptions } from './test-render.ts';

export interface TestCaptureOptions extends TestRenderOptions {
  /** Events per pass through the buffer, 1 or 2; a buffer without events if absent. */
  readonly notificationCount?: number;
}

/** The capture streaming pin of the drivers here. */
const CAPTURE_PIN = 2;

/** Speaks what it is given, once, and is silent then. */
export class Mouth implements SoundSource {
  readonly #sound: Uint8Array;
  #at = 0;

  constructor(sound: Uint8Array) {
    this.#sound = sound;
  }

  /** Bytes spoken so far. */
  get spoken(): Uint8Array {
    return this.#sound.subarray(0, this.#at);
  }

  speak(bytes: Uint8Array, offset: number, frames: number, format: SoundFormat): void {
    const wanted = frames * soundFrameBytes(format);
    const part = this.#sound.subarray(this.#at, this.#at + wanted);
    bytes.set(part, offset);
    bytes.fill(0, offset + part.length, offset + wanted);
    this.#at += part.length;
  }
}

export class TestCapture {
  readonly pin: KsPin;
  readonly filter: KsFilter;
  readonly format: PcmFormat;
  readonly buffer: BufferView;
  readonly latency: HardwareLatency;
  readonly #machine: Machine<DeviceModel>;
  readonly #parts: Uint8Array[] = [];
  #cursorBytes = 0;

  private constructor(
    machine: Machine<DeviceModel>,
    filter: KsFilter,
    pin: KsPin,
    buffer: BufferView,
  ) {
    this.#machine = machine;
    this.filter = filter;
    this.pin = pin;
    this.format = pin.format;
    this.buffer = buffer;
    this.latency = pin.hardwareLatency();
  }

  /** @throws KsError when a step is refused. */
  static open(host: RenderHost, options: TestCaptureOptions = {}): TestCapture {
    const format = formatOf(options);
    const filter = host.openFilter();
    const pin = filter.openPin(options.pin ?? CAPTURE_PIN, format);
    const frames = Math.round((format.rateHz * (options.bufferMs ?? 20)) / 1000);
    const bytes = options.bufferBytes ?? frames * frameBytes(format);
    const { notificationCount } = options;
    const { buffer, status } =
      notificationCount === undefined
        ? pin.tryAllocateBuffer(bytes)
        : pin.tryAllocateBufferWithNotification(bytes, notificationCount);
    pin.check('BUFFER', status);
    if (buffer === null) throw new Error('a buffer request that succeeded without a buffer');
    return new TestCapture(host.machine, filter, pin, buffer);
  }

  /** Everything read so far. */
  get captured(): Uint8Array {
    const all = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** Reads from the cursor up to the read position; how many bytes. */
  read(): number {
    this.pin.check('POSITION', this.pin.readPosition());
    const { actualBytes } = this.buffer;
    const bytes = (this.pin.writeOffset - this.#cursorBytes + actualBytes) % actualBytes;
    const first = Math.min(bytes, actualBytes - this.#cursorBytes);
    this.#parts.push(this.bytesAt(this.#cursorBytes, first), this.bytesAt(0, bytes - first));
    this.#cursorBytes = (this.#cursorBytes + bytes) % actualBytes;
    return bytes;
  }

  /** A copy of what lies in the buffer now. */
  bytesAt(offset: number, byteLength: number): Uint8Array {
    this.#machine.device.settle();
    const at = this.buffer.address + offset;
    return this.#machine.kernel.ram.bytes.slice(at, at + byteLength);
  }

  setState(state: KSSTATE): NtStatus {
    return this.pin.setState(state);
  }

  close(): void {
    this.pin.close();
    this.filter.close();
  }
}
