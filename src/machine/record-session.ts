/**
 * A recording through one machine, in exclusive use of the endpoint: somebody speaks into the line
 * in, a client of the wanted kind captures it, and every captured frame is held against the frame
 * that was spoken. It runs in slices, so that a caller can show progress or stop.
 */
import { ms } from '../base/brand.ts';
import type { ByteMatcher } from '../client/byte-match.ts';
import { type EndpointFacts, enumerateFilters, findEndpoints } from '../client/endpoints.ts';
import { KsFilter } from '../client/ks-filter.ts';
import { type HeardFrames, SoundLedger } from '../client/sound-ledger.ts';
import { WavFrameSource } from '../client/wav-frame-source.ts';
import { hasCyclicBuffer } from '../engine/open-engine-pin.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { deviceFormatFor } from '../standards/pcm/repack.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { CaptureLoss } from './capture-loss.ts';
import {
  type CaptureTransport,
  CyclicCapture,
  PacketCapture,
  type RecordingClient,
} from './capture-transport.ts';
import { checkProposal } from './choose-endpoint.ts';
import { DEFAULT_BUFFER_MS } from './device-burst.ts';
import type { AudioDevice } from './devices.ts';
import { isMicrophone, rawEndpoint, selectRawEndpoint } from './endpoint-choice.ts';
import { friendlyNameOf } from './endpoint-name.ts';
import type { Machine } from './machine.ts';
import { bootForPlay, type PlayConfig } from './play-session.ts';
import type { RecordReport } from './record-report.ts';
import {
  type Meters,
  meteredFacts,
  packetReport,
  readMeters,
  reportedFormat,
} from './session-facts.ts';
import { type SpokenFrames, speakInto } from './spoken-jack.ts';
import { checkPositionSource, checkStreamKind } from './stream-kind.ts';
import { recordWakeUps } from './timing.ts';

export interface RecordConfig
  extends Pick<
    PlayConfig,
    | 'bufferMs'
    | 'device'
    | 'driftPpm'
    | 'driver'
    | 'endpoint'
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

const SLICE_NS = ms(500);
/** Virtual time beyond the recording's own after which a stream is given up. */
const PATIENCE_NS = ms(5_000);

export class RecordSession {
  readonly machine: Machine<AudioDevice>;
  readonly endpoint: EndpointFacts;
  readonly format: PcmFormat;
  readonly #config: RecordConfig;
  readonly #filter: KsFilter;
  readonly #transport: CaptureTransport;
  readonly #ledger: SoundLedger;
  readonly #loss: CaptureLoss;
  readonly #mouth: SpokenFrames;
  readonly #client: RecordingClient;
  readonly #limitNs: number;
  #atRun: Meters | null = null;
  #atEnd: Meters | null = null;

  /**
   * Boots unless it is given a machine, opens and gets ready; nothing is recorded yet.
   * @throws StartError, NoEndpointError, FormatRefusedError, KsError, SmallBufferError,
   * StreamKindRefusedError
   */
  constructor(config: RecordConfig, machine: Machine<AudioDevice> = bootForPlay(config)) {
    this.#config = config;
    this.format = deviceFormatFor(config.spoken.format);
    this.machine = machine;
    const { kernel } = machine;
    const home = { process: machine.openProcess('recorder'), ram: kernel.ram };
    const filters = enumerateFilters(home, kernel.interfaces);
    const endpoints = findEndpoints(filters);
    this.endpoint = rawEndpoint(endpoints, 'capture', this.format, config.endpoint);
    if (config.endpoint !== undefined) selectRawEndpoint(home, filters, this.endpoint);
    this.#filter = KsFilter.open(home, this.endpoint.filter.symbolicLink);
    checkProposal(this.#filter, this.endpoint, this.format);
    this.#transport = this.#openTransport();
    const bytesPerFrame = frameBytes(this.format);
    this.#ledger = new SoundLedger(
      bytesPerFrame,
      3 * this.#transport.bufferFrames,
      config.captured?.(this.format) ?? null,
      config.match,
    );
    // What the codec holds when it starts comes first; nobody spoke it.
    this.#ledger.prime(this.#heldByCodec);
    if (config.timing !== undefined) recordWakeUps(kernel);
    this.#loss = new CaptureLoss(machine, this.#ledger, this.format.rateHz, config.device);
    const source = new WavFrameSource(config.spoken, this.format);
    const { device } = machine;
    const isMono = isMicrophone(this.endpoint);
    this.#mouth = speakInto(device, isMono, this.format, source, this.#ledger);
    this.#client = this.#makeClient();
    const soundNs = (config.frames / this.format.rateHz) * 1e9;
    this.#limitNs = kernel.clock.now + 2 * soundNs + PATIENCE_NS;
    this.#client.start();
  }

  #openTransport(): CaptureTransport {
    const { bufferMs = DEFAULT_BUFFER_MS } = this.#config;
    const { endpoint, format, machine } = this;
    checkStreamKind(this.#config.stream, endpoint.filter);
    checkPositionSource(this.#config.position, endpoint.filter);
    return hasCyclicBuffer(endpoint.filter)
      ? new CyclicCapture(machine, this.#filter, endpoint, format, bufferMs, this.#config)
      : new PacketCapture(machine, this.#filter, endpoint, format, bufferMs);
  }

  #makeClient(): RecordingClient {
    const { frames, wakeDelayNs } = this.#config;
    const ledger = this.#ledger;
    return this.#transport.makeClient({
      journal: {
        take: (bytes, offset, byteLength) => {
          this.#loss.explainDropped();
          ledger.hear(bytes, offset, byteLength);
        },
        lose: (lost) => {
          this.#loss.explainDropped();
          ledger.lose(lost, this.#loss.whyLost(lost));
        },
      },
      frames: frames + this.#heldByCodec,
      observer: { entered: () => this.#entered(), leaving: () => this.#leaving() },
      ...(wakeDelayNs === undefined ? {} : { wakeDelayNs }),
    });
  }

  get #heldByCodec(): number {
    const { codecDelay100ns } = this.#transport.latency;
    return Math.round((codecDelay100ns * this.format.rateHz) / 1e7);
  }

  #entered(): void {
    this.#atRun = this.#meters();
  }

  #leaving(): void {
    this.#atEnd = this.#meters();
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
    if (this.#client.isDone) {
      this.#transport.close();
      this.#filter.close();
    } else {
      this.machine.killApplications();
    }
    const leaks = this.machine.shutDown();
    return { ...untilEnd, findings: this.#findings(), leaks };
  }

  /** What happened so far. Only looks, so it can be asked of a machine that a bug check stopped. */
  report(wallSeconds: number): RecordReport {
    const virtualSeconds = this.machine.now / 1e9;
    const { frames } = this.#config;
    const { firstDifference, glitches, heardFrames } = this.#ledger;
    const atEnd = this.#atEnd ?? this.#meters();
    const { latency } = this.#transport;
    const metered = meteredFacts(this.#atRun ?? atEnd, atEnd, latency, this.format);
    return {
      mode: 'exclusive',
      device: this.machine.device.identity.description,
      driver: (this.#config.driver ?? this.#config.device.driver).name,
      endpoint: friendlyNameOf(this.endpoint, this.machine),
      stream: this.#transport.stream,
      format: reportedFormat(this.format),
      frames,
      recordedFrames: heardFrames,
      spokenFrames: this.#mouth.spokenFrames,
      lostFrames: this.#ledger.lostFrames,
      bitExact: heardFrames === frames && firstDifference === null && glitches.length === 0,
      firstDifference,
      delayFrames: this.#ledger.delayFrames,
      glitches: glitches.length,
      glitchList: glitches,
      buffer: this.#transport.buffer,
      periodFrames: this.#transport.periodFrames,
      wakeUps: this.#client.wakes,
      ...metered,
      ...packetReport(this.machine, metered),
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
