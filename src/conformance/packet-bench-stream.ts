/**
 * A stream on a bench whose pin takes stream packets: a client's thread keeps three of them under
 * way, sends the pattern or takes what was captured, and sends each packet again as it comes back.
 * Who tests says when the stream changes its state. Source: IOCTL_KS_WRITE_STREAM,
 * IOCTL_KS_READ_STREAM.
 */
import { defined } from '../base/assert.ts';
import { framesIn } from '../base/frame-time.ts';
import type { StreamPacket } from '../client/stream-packet.ts';
import type { StreamPin } from '../client/stream-pin.ts';
import { DEFAULT_STREAM_PACKETS } from '../client/stream-render.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import { type NtStatus, STATUS_CANCELLED, STATUS_SUCCESS } from '../standards/nt/ntstatus.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { Bench } from './bench.ts';
import { type SampleShape, writePattern } from './sound-pattern.ts';
import type { FrameRun, TestStream } from './test-stream.ts';

const CLIENT_PRIORITY = 24;
const FIRST_BYTES = 1 << 16;
/** Time from one interrupt of a driver to the next that is usual: a mixer's period. */
const MOST_INTERRUPT_MS = 10;

export class PacketBenchStream implements TestStream {
  readonly wrapFrames = null;
  /** Such a pin declares nothing of its hardware. */
  readonly fifoFrames = 0;
  readonly declaredFrames = 0;
  readonly bench: Bench;
  readonly pin: StreamPin;
  readonly shape: SampleShape;
  /** When it entered RUN last. */
  runNs = 0;
  readonly #packetFrames: number;
  readonly #packets: StreamPacket[] = [];
  readonly #handle: number;
  readonly #event: Kevent;
  /** The packet that was sent first of those under way, or will be sent next. */
  #oldest = 0;
  #underWay = 0;
  /** The client does its part from PAUSE on. */
  #isFeeding = false;
  #state: KSSTATE = KSSTATE.STOP;
  #framesBefore = 0;
  #isOver = false;
  #sentFrames = 0;
  #captured = new Uint8Array(FIRST_BYTES);
  #capturedBytes = 0;
  #failure: NtStatus = STATUS_SUCCESS;

  constructor(bench: Bench, pin: StreamPin, packetFrames: number) {
    this.bench = bench;
    this.pin = pin;
    this.#packetFrames = packetFrames;
    const { channels, containerBits, float, validBits } = pin.format;
    this.shape = { channels, containerBytes: containerBits >> 3, validBits, float };
    const { home, machine } = bench;
    this.#handle = home.process.createEvent('synchronization');
    this.#event = defined(home.process.event(this.#handle), 'event of the client');
    for (let index = 0; index < DEFAULT_STREAM_PACKETS; index++) {
      const packet = pin.packet(packetFrames * pin.frameBytes, () => this.#event.set());
      home.ram.bytes.fill(0, packet.dataAt, packet.dataAt + packet.roomBytes);
      this.#packets.push(packet);
    }
    const { dispatcher } = machine.kernel;
    dispatcher.createThread('packet client', CLIENT_PRIORITY, () => this.#run());
    dispatcher.runReady();
  }

  get format(): PcmFormat {
    return this.pin.format;
  }

  get frameBytes(): number {
    return this.pin.frameBytes;
  }

  /** A packet that is not full, and what the port copies when the driver's next interrupt comes. */
  get withheldFrames(): number {
    return this.#packetFrames + Math.floor((this.format.rateHz * MOST_INTERRUPT_MS) / 1000);
  }

  get elapsedFrames(): number {
    if (this.#state !== KSSTATE.RUN) return this.#framesBefore;
    return this.#framesBefore + framesIn(this.bench.now - this.runNs, this.format.rateHz);
  }

  /** What was in packets that came back. */
  get stored(): FrameRun {
    return { bytes: this.#captured, at: 0, frames: this.#capturedBytes / this.frameBytes };
  }

  get memory(): readonly FrameRun[] {
    const { bytes } = this.bench.home.ram;
    return this.#packets.map(({ dataAt }) => ({ bytes, at: dataAt, frames: this.#packetFrames }));
  }

  /** STOP sends every packet back; from the next one on the stream starts over. @throws KsError */
  setState(state: KSSTATE): void {
    this.#checkPackets();
    const frames = this.elapsedFrames;
    if (state === KSSTATE.STOP && this.#state !== state) this.#isFeeding = false;
    this.pin.check('STATE', this.pin.setState(state));
    this.#state = state;
    this.#framesBefore = state === KSSTATE.STOP ? 0 : frames;
    if (state === KSSTATE.RUN) this.runNs = this.bench.now;
    if (state === KSSTATE.PAUSE && this.#isFeeding) this.#sendAll();
    if (state !== KSSTATE.STOP) return;
    this.bench.machine.kernel.dispatcher.runReady();
    this.#sentFrames = 0;
    this.#capturedBytes = 0;
  }

  run(): void {
    this.#isFeeding = true;
    this.setState(KSSTATE.PAUSE);
    this.setState(KSSTATE.RUN);
  }

  /** Sends the packets once the stream pauses, and from then on each one again that comes back. */
  writeAhead(): void {
    this.#isFeeding = true;
    if (this.#state >= KSSTATE.PAUSE) this.#sendAll();
  }

  close(): void {
    if (this.pin.isClosed) return;
    this.#isFeeding = false;
    this.#isOver = true;
    this.#event.set();
    this.bench.machine.kernel.dispatcher.runReady();
    this.pin.close();
    // A driver that keeps a packet leaves it behind, which the machine finds.
    for (const packet of this.#packets) if (!packet.isSent) packet.free();
    this.bench.home.process.closeHandle(this.#handle);
  }

  /** @throws KsError when a packet was refused, once */
  #checkPackets(): void {
    const status = this.#failure;
    this.#failure = STATUS_SUCCESS;
    this.pin.check('a stream packet', status);
  }

  *#run(): ThreadGenerator {
    const { kernel } = this.bench.machine;
    while (!this.#isOver) {
      yield kernel.waitFor(this.#event, null);
      this.#takeBack();
      if (this.#isFeeding) this.#sendAll();
    }
  }

  /** Takes back what has come, oldest first. */
  #takeBack(): void {
    for (; this.#underWay > 0; this.#underWay--) {
      const packet = this.#packets[this.#oldest];
      if (packet === undefined || packet.isSent) return;
      const { status } = packet.request;
      const isFine = status === STATUS_SUCCESS || status === STATUS_CANCELLED;
      if (!isFine) this.#failure = status;
      if (this.bench.isCapture) this.#keep(packet.dataAt, packet.usedBytes);
      this.#oldest = (this.#oldest + 1) % this.#packets.length;
    }
  }

  #sendAll(): void {
    while (this.#underWay < this.#packets.length) {
      const packet = this.#packets[(this.#oldest + this.#underWay) % this.#packets.length];
      if (packet === undefined) return;
      this.#underWay++;
      if (this.bench.isCapture) packet.read();
      else this.#write(packet);
    }
  }

  #write(packet: StreamPacket): void {
    const { bytes } = this.bench.home.ram;
    writePattern(bytes, packet.dataAt, this.shape, this.#sentFrames, this.#packetFrames);
    this.#sentFrames += this.#packetFrames;
    packet.write(packet.roomBytes);
  }

  #keep(at: number, byteLength: number): void {
    const end = this.#capturedBytes + byteLength;
    if (end > this.#captured.length) {
      const grown = new Uint8Array(2 * end);
      grown.set(this.#captured.subarray(0, this.#capturedBytes));
      this.#captured = grown;
    }
    this.#captured.set(
      this.bench.home.ram.bytes.subarray(at, at + byteLength),
      this.#capturedBytes,
    );
    this.#capturedBytes = end;
  }
}
