/**
 * A recording through the audio engine, in shared use of the endpoint: somebody speaks into the
 * line in, the engine captures, and an application takes what it hands out, in the device's own
 * format, so that every captured frame can be held against the frame that was spoken. It runs in
 * slices, so that a caller can show progress or stop.
 */
import { defined } from '../base/assert.ts';
import { ms } from '../base/brand.ts';
import { enumerateFilters, findEndpoints } from '../client/endpoints.ts';
import { SoundLedger } from '../client/sound-ledger.ts';
import { WavFrameSource } from '../client/wav-frame-source.ts';
import type { AudioEndpoint } from '../engine/audio-endpoint.ts';
import type { AudioEngine } from '../engine/audio-engine.ts';
import type { CaptureEngine } from '../engine/capture-engine.ts';
import { nearestEnginePeriod } from '../engine/engine-period.ts';
import { EndpointFormFactor } from '../engine/form-factor.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { deviceFormatFor } from '../standards/pcm/repack.ts';
import { startAudioEngine } from './audio-engine.ts';
import { CaptureLoss } from './capture-loss.ts';
import { describeSound, FormatRefusedError } from './choose-endpoint.ts';
import type { AudioDevice } from './devices.ts';
import { engineEndpoint, rawEndpoint, selectEndpoint } from './endpoint-choice.ts';
import { endpointDevice } from './endpoint-device.ts';
import type { Machine } from './machine.ts';
import { bootForPlay } from './play-session.ts';
import type { RecordReport } from './record-report.ts';
import type { RecordConfig } from './record-session.ts';
import {
  describePinBuffer,
  type Meters,
  meteredFacts,
  packetReport,
  readMeters,
  reportedFormat,
} from './session-facts.ts';
import { SharedRecorder } from './shared-recorder.ts';
import { type SpokenFrames, speakInto } from './spoken-jack.ts';
import { checkEngineDrive, checkStreamKind, driveOf, streamKindOf } from './stream-kind.ts';
import { recordWakeUps } from './timing.ts';

export interface SharedRecordConfig
  extends Omit<RecordConfig, 'bufferMs' | 'position' | 'wakeDelayNs'> {
  /** The engine's period, the nearest that the endpoint has; its default if absent. */
  readonly periodMs?: number;
}

const SLICE_NS = ms(500);
const PATIENCE_NS = ms(5_000);

export class SharedRecord {
  readonly machine: Machine<AudioDevice>;
  readonly endpoint: AudioEndpoint;
  readonly format: PcmFormat;
  readonly #config: SharedRecordConfig;
  readonly #audio: AudioEngine;
  readonly #engine: CaptureEngine;
  readonly #ledger: SoundLedger;
  readonly #loss: CaptureLoss;
  readonly #mouth: SpokenFrames;
  readonly #recorder: SharedRecorder;
  readonly #buffer: RecordReport['buffer'];
  readonly #limitNs: number;
  #atRun: Meters | null = null;
  #atEnd: Meters | null = null;
  /** Glitches of the engine that the recorder has come to. */
  #toldGlitches = 0;

  /**
   * Boots unless it is given a machine, opens the session; nothing is recorded yet.
   * @throws StartError, NoEndpointError, FormatRefusedError, StreamKindRefusedError,
   * WasapiError
   */
  constructor(config: SharedRecordConfig, machine: Machine<AudioDevice> = bootForPlay(config)) {
    this.#config = config;
    this.machine = machine;
    const { kernel } = machine;
    const home = { process: machine.openProcess('recorder'), ram: kernel.ram };
    this.format = deviceFormatFor(config.spoken.format);
    const filters = enumerateFilters(home, kernel.interfaces);
    rawEndpoint(findEndpoints(filters), 'capture', this.format, config.endpoint);
    const drive = config.stream === undefined ? {} : { drive: driveOf(config.stream) };
    this.#audio = startAudioEngine(machine, drive);
    this.endpoint = defined(
      engineEndpoint(this.#audio.endpoints, 'capture', config.endpoint),
      'capture endpoint',
    );
    const isChosen = config.endpoint !== undefined;
    if (isChosen) selectEndpoint(home, filters, this.endpoint);
    const { host } = this.endpoint;
    if (host !== null) checkStreamKind(config.stream, host.filter);
    if (!this.#audio.setDeviceFormat(this.endpoint, this.format)) {
      const sound = describeSound(this.format);
      throw new FormatRefusedError(`${this.endpoint.friendlyName} does not take ${sound}`);
    }
    const bytesPerFrame = frameBytes(this.format);
    this.#ledger = new SoundLedger(
      bytesPerFrame,
      this.format.rateHz,
      config.captured?.(this.format) ?? null,
      config.match,
    );
    if (config.timing !== undefined) recordWakeUps(kernel);
    this.#loss = new CaptureLoss(machine, this.#ledger, this.format.rateHz, config.device);
    this.#recorder = new SharedRecorder({
      kernel,
      home,
      device: endpointDevice(this.#audio, home, this.endpoint, isChosen),
      format: this.format,
      periodFrames: this.#periodFrames,
      wantedFrames: () => config.frames + this.#codecFrames,
      take: (bytes, offset, byteLength) => {
        this.#loss.explainDropped();
        this.#ledger.hear(bytes, offset, byteLength);
      },
      lose: (lost) => this.#lose(lost),
      stopping: () => this.#stopping(),
    });
    this.#engine = defined(this.endpoint.captureEngine, 'engine of the endpoint');
    if (host !== null) checkEngineDrive(config.stream, this.#engine.stream.drive, host.filter);
    // What the codec holds when it starts comes first; nobody spoke it.
    this.#ledger.prime(this.#codecFrames);
    const source = new WavFrameSource(config.spoken, this.format);
    const isMono = this.endpoint.formFactor === EndpointFormFactor.Microphone;
    this.#mouth = speakInto(machine.device, isMono, this.format, source, {
      send: (bytes, offset, byteLength) => this.#spoke(bytes, offset, byteLength),
      drop: (lost) => this.#ledger.drop(lost),
    });
    this.#buffer = describePinBuffer(machine, this.#engine.stream);
    this.#limitNs = kernel.clock.now + (2e9 * config.frames) / this.format.rateHz + PATIENCE_NS;
  }

  get #periodFrames(): number | null {
    const { periodMs } = this.#config;
    if (periodMs === undefined) return null;
    const wanted = (periodMs * this.format.rateHz) / 1000;
    return nearestEnginePeriod(this.#audio.periods(this.endpoint), wanted);
  }

  get #codecFrames(): number {
    const { codecDelay100ns } = this.#engine.stream.latency;
    return Math.round((codecDelay100ns * this.format.rateHz) / 1e7);
  }

  #spoke(bytes: Uint8Array, offset: number, byteLength: number): void {
    this.#atRun ??= this.#meters();
    this.#ledger.send(bytes, offset, byteLength);
  }

  /** What the engine did not get it says itself; anything else the recorder was too late for. */
  #lose(frames: number): void {
    const { glitches } = this.#engine;
    const fromEngine = glitches[this.#toldGlitches];
    this.#toldGlitches = glitches.length;
    const reason = fromEngine === undefined ? this.#loss.whyLost(frames) : fromEngine.cause;
    this.#loss.explainDropped(reason);
    this.#ledger.suspect(frames, reason ?? 'engine late');
  }

  #stopping(): void {
    this.#ledger.endHearing();
    this.#atEnd = this.#meters();
  }

  /** A pass hands out what one period holds. */
  #meters(): Meters {
    return readMeters(this.machine, this.#engine.periodFrames * frameBytes(this.format));
  }

  /** Frames recorded so far, out of `config.frames`. */
  get recordedFrames(): number {
    return this.#ledger.heardFrames;
  }

  /** Records on for half a second of virtual time. True when the recording has come to its end. */
  step(): boolean {
    this.machine.runFor(SLICE_NS);
    const isOver = this.#recorder.isDone && !this.#engine.isStreaming;
    return isOver || this.machine.now > this.#limitNs;
  }

  /** Closes session and engine, shuts the machine down and tells what happened. */
  finish(wallSeconds: number): RecordReport {
    const untilEnd = this.report(wallSeconds);
    this.#recorder.close();
    this.#audio.shutDown();
    if (!this.#recorder.isDone) this.machine.killApplications();
    const leaks = this.machine.shutDown();
    return { ...untilEnd, findings: this.#findings(), leaks };
  }

  /** What happened so far. Only looks, so it can be asked of a machine that a bug check stopped. */
  report(wallSeconds: number): RecordReport {
    const virtualSeconds = this.machine.now / 1e9;
    const atEnd = this.#atEnd ?? this.#meters();
    const { frames, spoken } = this.#config;
    const { firstDifference, glitches, heardFrames } = this.#ledger;
    const { stream } = this.#engine;
    const metered = meteredFacts(this.#atRun ?? atEnd, atEnd, stream.latency, this.format);
    return {
      mode: 'shared',
      device: this.machine.device.identity.description,
      driver: (this.#config.driver ?? this.#config.device.driver).name,
      endpoint: this.endpoint.friendlyName,
      stream: streamKindOf(stream.drive),
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
      buffer: this.#buffer,
      periodFrames: this.#engine.periodFrames,
      wakeUps: this.#recorder.wakes,
      ...metered,
      ...packetReport(this.machine, metered),
      virtualSeconds,
      wallSeconds,
      speed: wallSeconds > 0 ? virtualSeconds / wallSeconds : 0,
      findings: this.#findings(),
      leaks: [],
      warnings: spoken.warnings,
    };
  }

  #findings(): string[] {
    return this.machine.portClass.findings.list.map((finding) => finding.text);
  }
}
