/**
 * A bench: one machine with the device and the driver under test, booted for one case, with an ear
 * at its speaker and a mouth at its line in. Cases act as a client does, through KS requests alone.
 */
import type { Guid } from '../base/guid.ts';
import { roundUp } from '../base/struct.ts';
import { KsFilter } from '../client/ks-filter.ts';
import { type ClientHome, KsError } from '../client/ks-object.ts';
import type { KsPin } from '../client/ks-pin.ts';
import { StreamPin } from '../client/stream-pin.ts';
import { DEFAULT_STREAM_PACKETS } from '../client/stream-render.ts';
import type { DeviceSlot } from '../hardware/device.ts';
import type { AudioDevice } from '../machine/devices.ts';
import { Machine, type MachineConfig } from '../machine/machine.ts';
import type { TraceOptions } from '../sim/trace.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import { type NtStatus, ntSuccess, STATUS_NO_MATCH } from '../standards/nt/ntstatus.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { BenchStream } from './bench-stream.ts';
import { type ClaimedFormat, claimedFormats } from './claimed-formats.ts';
import { Ear, Mouth } from './ear.ts';
import { PacketBenchStream } from './packet-bench-stream.ts';
import type { Subject } from './subject.ts';
import type { TestStream } from './test-stream.ts';

/** What is tested. */
export interface TestedMachine {
  readonly create: (slot: DeviceSlot) => AudioDevice;
  readonly driver: MachineConfig['driver'];
  readonly seed: number;
}

export interface StreamOptions {
  /** The subject's preferred format if absent. */
  readonly format?: PcmFormat;
  readonly bufferFrames: number;
  /** Notifications per pass, for a class that has them: 2 if absent. */
  readonly notifications?: number;
  /** Signal processing mode that the pin is asked for; none if absent. */
  readonly mode?: Guid;
}

export interface AnyStreamOptions {
  /** The subject's preferred format if absent. */
  readonly format?: PcmFormat;
  readonly bufferFrames: number;
  /** Of a stream packet; by the buffer's length if absent. */
  readonly packetFrames?: number;
}

export const NS_PER_MS = 1_000_000;
const NOTIFICATIONS = 2;
const LONGEST_PACKET_MS = 10;
/** The largest buffer that a case asks for, in the subject's format. */
export const LARGEST_BUFFER_MS = 4000;
/** A small memory boots faster; a contiguous buffer takes some room to be found in it. */
const LEAST_RAM_BYTES = 4 * 1024 * 1024;
const BUFFERS_IN_RAM = 4;
const PAGE_BYTES = 4096;

/** Enough for the largest buffer, in whole pages. */
function ramBytesFor(subject: Subject | null): number {
  if (subject === null) return LEAST_RAM_BYTES;
  const { format } = subject;
  const bufferBytes = ((format.rateHz * LARGEST_BUFFER_MS) / 1000) * frameBytes(format);
  return Math.max(LEAST_RAM_BYTES, roundUp(BUFFERS_IN_RAM * bufferBytes, PAGE_BYTES));
}

export class Bench {
  readonly machine: Machine<AudioDevice>;
  readonly home: ClientHome;
  readonly tested: TestedMachine;
  readonly ear = new Ear();
  readonly mouth = new Mouth();
  readonly #subject: Subject | null;
  readonly #streams: TestStream[] = [];
  #filter: KsFilter | null = null;

  /** @throws StartError when the driver does not come up */
  constructor(tested: TestedMachine, subject: Subject | null, trace?: TraceOptions) {
    this.tested = tested;
    this.#subject = subject;
    this.machine = Machine.boot<AudioDevice>({
      device: tested.create,
      driver: tested.driver,
      seed: tested.seed,
      ramBytes: ramBytesFor(subject),
      ...(trace === undefined ? {} : { trace }),
    });
    const { kernel, device } = this.machine;
    this.home = { process: this.machine.openProcess('conformance client'), ram: kernel.ram };
    device.speaker.sink = this.ear;
    device.lineIn.source = this.mouth;
  }

  /** @throws Error on a bench that looks for subjects, which has none yet */
  get subject(): Subject {
    if (this.#subject === null) throw new Error('this bench was booted without a subject');
    return this.#subject;
  }

  get isCapture(): boolean {
    return this.subject.endpoint.direction === 'capture';
  }

  get filter(): KsFilter {
    this.#filter ??= KsFilter.open(this.home, this.subject.endpoint.filter.symbolicLink);
    return this.#filter;
  }

  /**
   * What the pin claims: the formats of its data ranges, but for those that it refuses when they
   * are proposed. A range has no least number of channels, and says nothing of containers.
   */
  get claimedFormats(): ClaimedFormat[] {
    const { dataRanges, id } = this.subject.endpoint.streamingPin;
    const isTaken = (format: PcmFormat): boolean =>
      this.filter.proposeFormat(id, format) !== STATUS_NO_MATCH;
    return claimedFormats(dataRanges).filter((format) => format.some(isTaken));
  }

  /** A machine like this one, for the same subject; whoever asks for it closes it. */
  another(trace?: TraceOptions): Bench {
    return new Bench(this.tested, this.#subject, trace);
  }

  get now(): number {
    return this.machine.now;
  }

  /** A WaveRT stream of the subject's class, with its buffer, in STOP. @throws KsError */
  open(options: StreamOptions): BenchStream {
    const { streamClass, endpoint } = this.subject;
    const format = options.format ?? this.subject.format;
    const bytes = options.bufferFrames * frameBytes(format);
    const pin = this.filter.openPin(endpoint.streamingPin.id, format, options.mode ?? null);
    const notifications = streamClass === 'timer' ? 0 : (options.notifications ?? NOTIFICATIONS);
    const { status, buffer } =
      notifications === 0
        ? pin.tryAllocateBuffer(bytes)
        : pin.tryAllocateBufferWithNotification(bytes, notifications);
    if (!ntSuccess(status) || buffer === null) {
      pin.close();
      throw new KsError(`requesting a cyclic buffer of ${bytes} bytes`, status);
    }
    const stream = new BenchStream(this, pin, buffer, notifications);
    this.#streams.push(stream);
    return stream;
  }

  /** The same with a buffer that lasts so many milliseconds. @throws KsError */
  openMs(bufferMs: number, options: Omit<StreamOptions, 'bufferFrames'> = {}): BenchStream {
    const { rateHz } = options.format ?? this.subject.format;
    return this.open({ ...options, bufferFrames: Math.round((rateHz * bufferMs) / 1000) });
  }

  /**
   * A stream of whichever class, in STOP: in the buffer named, or with packets that are as many as a
   * mixer has under way and together as long, none longer than 10 ms. @throws KsError
   */
  openAny(options: AnyStreamOptions): TestStream {
    if (this.subject.streamClass !== 'stream packets') return this.open(options);
    const { bufferFrames, format = this.subject.format } = options;
    const ofBuffer = Math.ceil(bufferFrames / DEFAULT_STREAM_PACKETS);
    const most = Math.floor((format.rateHz * LONGEST_PACKET_MS) / 1000);
    const packetFrames = options.packetFrames ?? Math.min(ofBuffer, most);
    const pin = StreamPin.open(this.filter, this.subject.endpoint.streamingPin.id, format);
    const stream = new PacketBenchStream(this, pin, packetFrames);
    this.#streams.push(stream);
    return stream;
  }

  /** The same in so many milliseconds. @throws KsError */
  openAnyMs(bufferMs: number, format: PcmFormat = this.subject.format): TestStream {
    return this.openAny({ format, bufferFrames: Math.round((format.rateHz * bufferMs) / 1000) });
  }

  /** Opens the pin alone, as a stream of the subject's class does. */
  tryOpenPin(format: PcmFormat): { status: NtStatus; pin: KsPin | StreamPin | null } {
    const { endpoint, streamClass } = this.subject;
    const { id } = endpoint.streamingPin;
    if (streamClass === 'stream packets') return StreamPin.tryOpen(this.filter, id, format);
    return this.filter.tryOpenPin(id, format);
  }

  /** Lets virtual time pass; nothing else happens than what devices and driver do. */
  runForMs(durationMs: number): void {
    this.machine.runFor(Math.round(durationMs * NS_PER_MS));
  }

  /** Lets time pass up to a moment, if that is still to come. */
  runUntilNs(timeNs: number): void {
    if (timeNs > this.now) this.machine.runFor(timeNs - this.now);
  }

  /** Closes what is open and switches the machine off. What is left then is a leak. */
  close(): string[] {
    for (const stream of this.#streams) {
      if (stream.pin.isClosed) continue;
      stream.setState(KSSTATE.STOP);
      stream.close();
    }
    this.#filter?.close();
    this.stopListening();
    return this.machine.shutDown();
  }

  /** Takes ear and mouth away, for a case that is about other things and lasts weeks. */
  stopListening(): void {
    const { device } = this.machine;
    device.speaker.sink = null;
    device.lineIn.source = null;
  }
}
