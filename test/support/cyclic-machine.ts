/**
 * A lab machine with the simple DMA device and the WaveCyclic driver, an ear, a mouth, and a client
 * that keeps packets of 10 ms under way.
 */
import type { KsFilter } from '../../src/client/ks-filter.ts';
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import { SimpleDmaDevice } from '../../src/hardware/simple-dma/simple-dma-device.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import type { MachineConfig } from '../../src/machine/machine.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import { KSINTERFACE_STANDARD } from '../../src/standards/ks/requests.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import { EarRecorder, formatOf, type Lab, type LabMachine } from '../../src/testing/index.ts';
import { type CyclicAnswers, type CyclicDriver, cyclicDriver } from './cyclic-driver.ts';
import type { CyclicStream } from './cyclic-stream.ts';

export const STEREO_48: PcmFormat = formatOf({});
/** 10 ms of it. */
export const INTERVAL_BYTES = 1920;
export const FIFO_FRAMES = 64;
const RENDER_PIN = 0;
const CAPTURE_PIN = 2;

type Extras = Omit<MachineConfig<SimpleDmaDevice>, 'device' | 'driver'>;

export class CyclicMachine {
  readonly lab: LabMachine<SimpleDmaDevice>;
  readonly driver: CyclicDriver;
  readonly ear = new EarRecorder();
  #filter: KsFilter | null = null;

  constructor(lab: LabMachine<SimpleDmaDevice>, driver: CyclicDriver) {
    this.lab = lab;
    this.driver = driver;
    lab.device.speaker.sink = this.ear;
  }

  get kernel(): Kernel {
    return this.lab.machine.kernel;
  }

  get filter(): KsFilter {
    this.#filter ??= this.lab.openFilter(KSCATEGORY_AUDIO);
    return this.#filter;
  }

  /** The driver's side of the pin that was opened last. */
  get stream(): CyclicStream {
    const { stream } = this.driver;
    if (stream === null) throw new Error('no stream was opened');
    return stream;
  }

  openRender(format: PcmFormat = STEREO_48, isLooped = false): StreamPin {
    return StreamPin.open(this.filter, RENDER_PIN, format, interfaceId(isLooped));
  }

  openCapture(format: PcmFormat = STEREO_48, isLooped = false): StreamPin {
    return StreamPin.open(this.filter, CAPTURE_PIN, format, interfaceId(isLooped));
  }

  runFor(ms: number): void {
    this.lab.runFor(Math.round(ms * 1e6));
  }

  /** What the ear has heard by now. */
  heard(): Uint8Array {
    this.lab.device.settle();
    return this.ear.heard().bytes;
  }
}

const interfaceId = (isLooped: boolean): number =>
  isLooped ? KSINTERFACE_STANDARD.LOOPED_STREAMING : KSINTERFACE_STANDARD.STREAMING;

export function bootCyclic(
  lab: Lab,
  answers: CyclicAnswers = {},
  extras: Extras = {},
): CyclicMachine {
  const { module, driver } = cyclicDriver(answers);
  const machine = lab.boot({
    ...extras,
    device: (slot) =>
      new SimpleDmaDevice(slot, { loops: true, notifies: 'threshold', fifoFrames: FIFO_FRAMES }),
    driver: module,
  });
  return new CyclicMachine(machine, driver());
}

/** Sends `sound` in packets of `packetBytes`, `count` of them under way, until all is sent. */
export class PacketWriter {
  readonly packets: readonly StreamPacket[];
  /** Statuses of the packets that came back. */
  readonly returned: number[] = [];
  readonly #pin: StreamPin;
  readonly #sound: Uint8Array;
  #sentBytes = 0;

  constructor(pin: StreamPin, sound: Uint8Array, packetBytes = INTERVAL_BYTES, count = 6) {
    this.#pin = pin;
    this.#sound = sound;
    this.packets = Array.from({ length: count }, () =>
      pin.packet(packetBytes, (packet) => {
        this.returned.push(packet.request.status);
        if (packet.request.status === 0) this.#send(packet);
      }),
    );
  }

  get isAllSent(): boolean {
    return this.#sentBytes === this.#sound.length;
  }

  start(): void {
    for (const packet of this.packets) this.#send(packet);
  }

  free(): void {
    for (const packet of this.packets) packet.free();
  }

  #send(packet: StreamPacket): void {
    const bytes = Math.min(packet.roomBytes, this.#sound.length - this.#sentBytes);
    if (bytes === 0) return;
    const part = this.#sound.subarray(this.#sentBytes, this.#sentBytes + bytes);
    this.#pin.home.ram.bytes.set(part, packet.dataAt);
    this.#sentBytes += bytes;
    packet.write(bytes);
  }
}

/** Keeps `count` empty packets under way, and what came back in them. */
export class PacketReader {
  readonly packets: readonly StreamPacket[];
  readonly #parts: Uint8Array[] = [];
  #isOver = false;

  constructor(pin: StreamPin, packetBytes = INTERVAL_BYTES, count = 6) {
    this.packets = Array.from({ length: count }, () =>
      pin.packet(packetBytes, (packet) => {
        const { status } = packet.request;
        if (status !== 0) return;
        this.#parts.push(pin.home.ram.bytes.slice(packet.dataAt, packet.dataAt + packet.usedBytes));
        if (!this.#isOver) packet.read();
      }),
    );
  }

  get recorded(): Uint8Array {
    const bytes = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  start(): void {
    for (const packet of this.packets) packet.read();
  }

  /** Packets that come back from now on are not sent again. */
  stop(): void {
    this.#isOver = true;
  }

  free(): void {
    for (const packet of this.packets) packet.free();
  }
}

/** The first byte at which the two differ; -1 when they are the same. */
export function firstDifference(seen: Uint8Array, expected: Uint8Array): number {
  const length = Math.max(seen.length, expected.length);
  for (let at = 0; at < length; at++) if (seen[at] !== expected[at]) return at;
  return -1;
}
