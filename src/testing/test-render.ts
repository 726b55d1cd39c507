/**
 * A render stream in a scenario's own hands: nothing happens that the scenario does not ask for.
 * What it writes lands in the cyclic buffer at a cursor, and is remembered as submitted.
 */

import type { KsFilter } from '../client/ks-filter.ts';
import type { BufferView, HardwareLatency, KsPin } from '../client/ks-pin.ts';
import type { DeviceModel } from '../hardware/device.ts';
import type { Machine } from '../machine/machine.ts';
import type { KSSTATE } from '../standards/ks/requests.ts';
import type { NtStatus } from '../standards/nt/ntstatus.ts';
import { defaultChannelMask } from '../standards/pcm/channel-mask.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';

export interface TestRenderOptions {
  readonly sampleRate?: number;
  readonly channels?: number;
  /** 16, 20, 24 or 32; 20 and 24 come in 32-bit containers. */
  readonly bits?: number;
  readonly float?: boolean;
  readonly bufferMs?: number;
  /** In place of bufferMs. */
  readonly bufferBytes?: number;
  readonly pin?: number;
}

/** What a test render needs of the lab's machine. */
export interface RenderHost {
  readonly machine: Machine<DeviceModel>;
  openFilter(): KsFilter;
}

/** The PCM format that options describe: 48 kHz stereo 16-bit where they are silent. */
export function formatOf(options: TestRenderOptions): PcmFormat {
  const validBits = options.float === true ? 32 : (options.bits ?? 16);
  const channels = options.channels ?? 2;
  return {
    rateHz: options.sampleRate ?? 48_000,
    channels,
    validBits,
    containerBits: validBits <= 16 ? 16 : 32,
    float: options.float ?? false,
    channelMask: defaultChannelMask(channels),
  };
}

export class TestRender {
  readonly pin: KsPin;
  readonly filter: KsFilter;
  readonly format: PcmFormat;
  readonly buffer: BufferView;
  readonly latency: HardwareLatency;
  readonly #machine: Machine<DeviceModel>;
  #cursorBytes = 0;
  #submitted: Uint8Array[] = [];

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
  static open(host: RenderHost, options: TestRenderOptions): TestRender {
    const format = formatOf(options);
    const filter = host.openFilter();
    const pin = filter.openPin(options.pin ?? 0, format);
    const frames = Math.round((format.rateHz * (options.bufferMs ?? 20)) / 1000);
    const bytes = options.bufferBytes ?? frames * frameBytes(format);
    const { status, buffer } = pin.tryAllocateBuffer(bytes);
    pin.check('BUFFER', status);
    if (buffer === null) throw new Error('a buffer request that succeeded without a buffer');
    return new TestRender(host.machine, filter, pin, buffer);
  }

  /** Everything written so far. */
  get submitted(): Uint8Array {
    const total = this.#submitted.reduce((sum, part) => sum + part.length, 0);
    const all = new Uint8Array(total);
    let at = 0;
    for (const part of this.#submitted) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** Writes at the cursor, around the end of the buffer if need be. */
  write(bytes: Uint8Array): void {
    this.#machine.device.settle();
    const { actualBytes, address } = this.buffer;
    const ram = this.#machine.kernel.ram.bytes;
    for (let done = 0; done < bytes.length; ) {
      const part = Math.min(bytes.length - done, actualBytes - this.#cursorBytes);
      ram.set(bytes.subarray(done, done + part), address + this.#cursorBytes);
      this.#cursorBytes = (this.#cursorBytes + part) % actualBytes;
      done += part;
    }
    this.#submitted.push(bytes.slice());
  }

  setState(state: KSSTATE): NtStatus {
    return this.pin.setState(state);
  }

  close(): void {
    this.pin.close();
    this.filter.close();
  }
}
