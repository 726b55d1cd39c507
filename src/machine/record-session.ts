/**
 * A recording through one machine, in exclusive use of the endpoint: somebody speaks into the line
 * in, a client of the wanted kind captures it, and every captured frame is held against the frame
 * that was spoken. It runs in slices, so that a caller can show progress or stop.
 */
import { ms } from '../base/brand.ts';
import type { ByteMatcher } from '../client/byte-match.ts';
import { CaptureClient } from '../client/capture-client.ts';
import { type EndpointFacts, enumerateFilters, findEndpoints } from '../client/endpoints.ts';
import { PACKETS } from '../client/event-render.ts';
import { KsFilter } from '../client/ks-filter.ts';
import { Mouth } from '../client/mouth.ts';
import { type OpenStream, openStream } from '../client/open-stream.ts';
import { propertyPosition, registerPosition } from '../client/position-source.ts';
import { type HeardFrames, SoundLedger } from '../client/sound-ledger.ts';
import { WavFrameSource } from '../client/wav-frame-source.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { deviceFormatFor } from '../standards/pcm/repack.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { chooseEndpoint } from './choose-endpoint.ts';
import type { AudioDevice } from './devices.ts';
import type { Machine } from './machine.ts';
import { bootForPlay, DEFAULT_BUFFER_MS, type PlayConfig } from './play-session.ts';
import type { RecordReport } from './record-report.ts';
import {
  describeBuffer,
  type Meters,
  meteredFacts,
  readMeters,
  reportedFormat,
} from './session-facts.ts';

export interface RecordConfig
  extends Pick<
    PlayConfig,
    | 'bufferMs'
    | 'device'
    | 'driftPpm'
    | 'driver'
    | 'position'
    | 'seed'
    | 'stream'
    | 'timing'
    | 'trace'
    | 'wakeDelayNs'
  > {
  /** What is spoken, and in which format the stream is opened; silence follows behind its end. */
  readonly spoken: WavFile;
  /** Frames to capture. */
  readonly frames: number;
  /** Takes what was captured from the first spoken frame on. */
  readonly captured?: (format: PcmFormat) => HeardFrames;
  readonly match?: ByteMatcher;
}

const TICKS_PER_MS = 10_000;
const SLICE_NS = ms(500);
/** Virtual time beyond the recording's own after which a stream is given up. */
const PATIENCE_NS = ms(5_000);

export class RecordSession {
  readonly machine: Machine<AudioDevice>;
  readonly endpoint: EndpointFacts;
  readonly format: PcmFormat;
  readonly #config: RecordConfig;
  readonly #filter: KsFilter;
  readonly #stream: OpenStream;
  readonly #ledger: SoundLedger;
  readonly #mouth: Mouth;
  readonly #client: CaptureClient;
  readonly #buffer: RecordReport['buffer'];
  readonly #period100ns: number;
  readonly #limitNs: number;
  readonly #bufferMs: number;
  #atRun: Meters | null = null;
  #atEnd: Meters | null = null;
  #ranForNs = 0;
  #runAtNs = 0;

  /**
   * Boots unless it is given a machine, opens and gets ready; nothing is recorded yet.
   * @throws StartError, NoEndpointError, FormatRefusedError, KsError, SmallBufferError
   */
  constructor(config: RecordConfig, machine: Machine<AudioDevice> = bootForPlay(config)) {
    this.#config = config;
    this.format = deviceFormatFor(config.spoken.format);
    this.machine = machine;
    const { kernel } = machine;
    const home = { process: machine.openProcess('recorder'), ram: kernel.ram };
    const endpoints = findEndpoints(enumerateFilters(home, kernel.interfaces));
    this.endpoint = chooseEndpoint(endpoints, 'capture', this.format);
    this.#filter = KsFilter.open(home, this.endpoint.filter.symbolicLink);
    this.#bufferMs = config.bufferMs ?? DEFAULT_BUFFER_MS;
    this.#period100ns = Math.max(1, Math.round((this.#bufferMs * TICKS_PER_MS) / 2));
    this.#stream = this.#open();
    this.#buffer = describeBuffer(machine, this.#stream.buffer);
    const bytesPerFrame = frameBytes(this.format);
    this.#ledger = new SoundLedger(
      bytesPerFrame,
      3 * (this.#stream.buffer.actualBytes / bytesPerFrame),
      config.captured?.(this.format) ?? null,
      config.match,
    );
    // What the codec holds when it starts comes first; nobody spoke it.
    this.#ledger.prime(this.#heldByCodec);
    const source = new WavFrameSource(config.spoken, this.format);
    this.#mouth = new Mouth(source, bytesPerFrame, this.#ledger);
    machine.device.lineIn.source = this.#mouth;
    this.#client = this.#makeClient();
    const soundNs = (config.frames / this.format.rateHz) * 1e9;
    this.#limitNs = kernel.clock.now + 2 * soundNs + PATIENCE_NS;
    this.#client.start();
  }

  #open(): OpenStream {
    const { stream } = this.#config;
    const packets = stream === undefined || stream === 'timer' ? 1 : PACKETS;
    const packetFrames = Math.round((this.format.rateHz * this.#bufferMs) / 1000 / packets);
    return openStream(
      this.#filter,
      this.endpoint.streamingPin.id,
      this.format,
      Math.max(1, packetFrames) * packets * frameBytes(this.format),
      packets === 1 ? {} : { notificationCount: packets },
    );
  }

  #makeClient(): CaptureClient {
    const { frames, position, stream, wakeDelayNs } = this.#config;
    const { kernel } = this.machine;
    const { buffer, latency, pin } = this.#stream;
    return new CaptureClient({
      kernel,
      pin,
      buffer,
      journal: {
        take: (bytes, offset, byteLength) => this.#ledger.hear(bytes, offset, byteLength),
        lose: (lost) => this.#ledger.lose(lost),
      },
      kind: stream ?? 'timer',
      period100ns: this.#period100ns,
      frames: frames + this.#heldByCodec,
      fifoFrames: latency.fifoBytes / frameBytes(this.format),
      settle: () => this.machine.device.settle(),
      // The register counts what lies in memory, so nothing is to be added to it.
      position:
        position === 'property'
          ? propertyPosition(pin)
          : registerPosition(pin, kernel.ioSpace, buffer.actualBytes, 0),
      observer: { entered: () => this.#entered(), leaving: () => this.#leaving() },
      ...(wakeDelayNs === undefined ? {} : { wakeDelayNs }),
    });
  }

  get #heldByCodec(): number {
    const { codecDelay100ns } = this.#stream.latency;
    return Math.round((codecDelay100ns * this.format.rateHz) / 1e7);
  }

  #entered(): void {
    this.#atRun = this.#meters();
    this.#runAtNs = this.machine.now;
  }

  #leaving(): void {
    this.#atEnd = this.#meters();
    this.#ranForNs = this.machine.now - this.#runAtNs;
  }

  /** Behind a wake-up's reading nothing lies between client and device. */
  #meters(): Meters {
    return readMeters(this.machine, 0);
  }

  /** Frames recorded so far, out of `config.frames`. */
  get recordedFrames(): number {
    return this.#ledger.heardFrames;
  }

  /** Records on for half a second of virtual time. True when the recording has come to its end. */
  step(): boolean {
    this.machine.runFor(SLICE_NS);
    return this.#client.isDone || this.machine.now > this.#limitNs;
  }

  /** Closes the stream, shuts the machine down and tells what happened. */
  finish(wallSeconds: number): RecordReport {
    const untilEnd = this.report(wallSeconds);
    this.#stream.pin.close();
    this.#filter.close();
    const leaks = this.machine.shutDown();
    return { ...untilEnd, findings: this.#findings(), leaks };
  }

  /** What happened so far. Only looks, so it can be asked of a machine that a bug check stopped. */
  report(wallSeconds: number): RecordReport {
    const virtualSeconds = this.machine.now / 1e9;
    const { frames } = this.#config;
    const { firstDifference, glitches, heardFrames } = this.#ledger;
    const atEnd = this.#atEnd ?? this.#meters();
    return {
      mode: 'exclusive',
      device: this.machine.device.identity.description,
      driver: (this.#config.driver ?? this.#config.device.driver).name,
      endpoint: this.endpoint.name,
      stream: this.#config.stream ?? 'timer',
      format: reportedFormat(this.format),
      frames,
      recordedFrames: heardFrames,
      spokenFrames: this.#mouth.spokenFrames,
      lostFrames: this.#client.lostFrames,
      bitExact: heardFrames === frames && firstDifference === null && glitches.length === 0,
      firstDifference,
      delayFrames: this.#ledger.delayFrames,
      glitches: glitches.length,
      glitchList: glitches,
      buffer: this.#buffer,
      periodFrames: (this.#period100ns * this.format.rateHz) / 1e7,
      wakeUps: this.#client.wakes,
      ...meteredFacts(this.#atRun ?? atEnd, atEnd, this.#stream.latency, this.format),
      runSeconds: this.#ranForNs / 1e9,
      virtualSeconds,
      wallSeconds,
      speed: wallSeconds > 0 ? virtualSeconds / wallSeconds : 0,
      findings: this.#findings(),
      leaks: [],
      warnings: this.#config.spoken.warnings,
    };
  }

  #findings(): string[] {
    return this.machine.portClass.findings.list.map((finding) => finding.text);
  }
}
