/**
 * Recordings through the audio engine, in shared use of the endpoint: one application with a
 * session for each file, mixed by the engine and heard at the speaker. One session at full level
 * in the device's own format has to be heard bit for bit; of a mix it is told what the engine and
 * the sessions missed. It runs in slices, so that a caller can show progress or stop.
 */
import { defined } from '../base/assert.ts';
import { ms } from '../base/brand.ts';
import type { ClientHome } from '../client/ks-object.ts';
import { SoundLedger } from '../client/sound-ledger.ts';
import { WavFrameSource } from '../client/wav-frame-source.ts';
import type { AudioEndpoint } from '../engine/audio-endpoint.ts';
import type { AudioEngine } from '../engine/audio-engine.ts';
import { nearestEnginePeriod } from '../engine/engine-period.ts';
import type { RenderEngine } from '../engine/render-engine.ts';
import type { RenderSession } from '../engine/render-session.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import { frameBytes, isSameFormat, type PcmFormat } from '../standards/pcm/format.ts';
import { deviceFormatFor } from '../standards/pcm/repack.ts';
import { AUDCLNT_E_UNSUPPORTED_FORMAT, type IMMDevice } from '../wasapi/index.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { startAudioEngine } from './audio-engine.ts';
import { describeSound, FormatRefusedError, NoEndpointError } from './choose-endpoint.ts';
import type { AudioDevice } from './devices.ts';
import { engineEndpoint } from './endpoint-choice.ts';
import { endpointDevice } from './endpoint-device.ts';
import { HeardPart } from './heard-part.ts';
import type { Machine } from './machine.ts';
import { bootForPlay, type PlayConfig } from './play-session.ts';
import {
  describePinBuffer,
  type Meters,
  meteredFacts,
  packetReport,
  readMeters,
  reportedFormat,
} from './session-facts.ts';
import type { SharedPlayReport } from './shared-play-report.ts';
import { APPLICATION_PRIORITY, SharedPlayer } from './shared-player.ts';
import { SharedWatch } from './shared-watch.ts';
import { checkEngineDrive, checkStreamKind, driveOf, streamKindOf } from './stream-kind.ts';
import { WasapiError } from './wasapi-result.ts';

export interface SharedPlayConfig
  extends Pick<
    PlayConfig,
    | 'device'
    | 'driftPpm'
    | 'driver'
    | 'endpoint'
    | 'heard'
    | 'match'
    | 'seed'
    | 'stream'
    | 'timing'
    | 'trace'
  > {
  readonly files: readonly WavFile[];
  /** The engine's period; its default if absent. */
  readonly periodMs?: number;
  /** Level of every session, 0 to 1; 1 if absent. */
  readonly volume?: number;
  readonly isMuted?: boolean;
}

const SLICE_NS = ms(500);
const PATIENCE_NS = ms(5_000);

export class SharedPlay {
  readonly machine: Machine<AudioDevice>;
  readonly endpoint: AudioEndpoint;
  /** Of the device: the first file's, where the endpoint takes it. */
  readonly format: PcmFormat;
  readonly #config: SharedPlayConfig;
  readonly #audio: AudioEngine;
  readonly #engine: RenderEngine;
  readonly #players: readonly SharedPlayer[];
  readonly #watch: SharedWatch;
  readonly #ledger: SoundLedger | null;
  readonly #part: HeardPart | null;
  readonly #buffer: SharedPlayReport['buffer'];
  readonly #limitNs: number;
  #atRun: Meters | null = null;
  #atEnd: Meters | null = null;
  #stopped = 0;

  /**
   * Boots unless it is given a machine, opens the sessions; nothing plays yet.
   * @throws StartError, NoEndpointError, FormatRefusedError, StreamKindRefusedError, WasapiError
   */
  constructor(config: SharedPlayConfig, machine: Machine<AudioDevice> = bootForPlay(config)) {
    this.#config = config;
    this.machine = machine;
    const { kernel } = machine;
    this.#watch = new SharedWatch(machine, config.device, config.files.length);
    const drive = config.stream === undefined ? {} : { drive: driveOf(config.stream) };
    this.#audio = startAudioEngine(machine, drive);
    const endpoint = engineEndpoint(this.#audio.endpoints, 'render', config.endpoint);
    if (endpoint === null) {
      throw new NoEndpointError('there is no render endpoint to play on');
    }
    this.endpoint = endpoint;
    if (endpoint.host !== null) checkStreamKind(config.stream, endpoint.host.filter);
    const [first] = config.files;
    if (first !== undefined) this.#audio.setDeviceFormat(endpoint, deviceFormatFor(first.format));
    this.format = this.#audio.deviceFormat(endpoint);
    const home = { process: machine.openProcess('player'), ram: kernel.ram };
    const device = endpointDevice(this.#audio, home, endpoint, config.endpoint !== undefined);
    this.#ledger = this.#isComparable() ? this.#makeLedger() : null;
    this.#players = config.files.map((file, index) =>
      this.#openConverted(index, file, home, device),
    );
    this.#engine = defined(endpoint.renderEngine, 'engine of the endpoint');
    if (endpoint.host !== null) {
      checkEngineDrive(config.stream, this.#engine.stream.drive, endpoint.host.filter);
    }
    this.#ledger?.prime(this.#engine.passToDeviceFrames);
    this.#part = this.#ledger === null ? this.#makePart() : null;
    const listener = this.#ledger ?? defined(this.#part, 'listener');
    // The ear's time line starts when the engine's stream enters RUN.
    machine.device.speaker.sink = this.#watch.listen(this.#engine, listener, () => {
      this.#atRun ??= this.#meters();
    });
    this.#buffer = describePinBuffer(machine, this.#engine.stream);
    kernel.dispatcher.createThread('application', APPLICATION_PRIORITY, () => this.#start());
    const soundSeconds = this.#framesToEnd / this.format.rateHz;
    this.#limitNs = kernel.clock.now + 2e9 * soundSeconds + PATIENCE_NS;
  }

  /** All sessions are in the mix before the engine's next pass. */
  // biome-ignore lint/correctness/useYield: a thread that waits for nothing
  *#start(): ThreadGenerator {
    for (const player of this.#players) player.start();
  }

  get #longestSeconds(): number {
    return Math.max(0, ...this.#config.files.map(({ format, frames }) => frames / format.rateHz));
  }

  /** From the first frame to the last that comes out of a converter. */
  get #framesToEnd(): number {
    const ends = this.#config.files.map(({ format, frames }) => {
      const delay = this.#engine.converterFrames(deviceFormatFor(format));
      return Math.ceil((frames * this.format.rateHz) / format.rateHz + delay);
    });
    return Math.max(0, ...ends);
  }

  /** One file at full level in the device's own format passes through the engine as it is. */
  #isComparable(): boolean {
    const { files, isMuted = false, volume = 1 } = this.#config;
    const [only] = files;
    if (only === undefined || files.length > 1 || volume !== 1 || isMuted) return false;
    return isSameFormat(deviceFormatFor(only.format), this.format);
  }

  #makeLedger(): SoundLedger {
    const { heard, match } = this.#config;
    const ringFrames = this.format.rateHz / 10;
    return new SoundLedger(
      frameBytes(this.format),
      Math.ceil(ringFrames),
      heard?.(this.format) ?? null,
      match,
    );
  }

  /** What is heard of a mix: from the first frame of the first pass to the end of the longest file. */
  #makePart(): HeardPart {
    const lead = SharedWatch.leadFrames(this.#engine);
    const frames = this.#framesToEnd;
    const output = this.#config.heard?.(this.format) ?? null;
    return new HeardPart(frameBytes(this.format), lead, frames, output);
  }

  /** What the engine's own converter does not take is no fault of the driver's. */
  #openConverted(index: number, file: WavFile, home: ClientHome, device: IMMDevice): SharedPlayer {
    try {
      return this.#openPlayer(index, file, home, device);
    } catch (error) {
      const isOfFormat =
        error instanceof WasapiError && error.result === AUDCLNT_E_UNSUPPORTED_FORMAT;
      if (!isOfFormat) throw error;
      throw new FormatRefusedError(
        `the audio engine cannot convert ${describeSound(file.format)} to ` +
          `${describeSound(this.format)}; it lowers a rate to a hundredth at most: resample the ` +
          'file first, for example with "ffmpeg -i in.wav -ar 48000 out.wav"',
        file,
      );
    }
  }

  #openPlayer(index: number, file: WavFile, home: ClientHome, device: IMMDevice): SharedPlayer {
    const { isMuted = false, periodMs, volume = 1 } = this.#config;
    const format = deviceFormatFor(file.format);
    const ledger = this.#ledger;
    const gaps = defined(this.#watch.sessions[index], 'gaps of the player');
    return new SharedPlayer({
      kernel: this.machine.kernel,
      home,
      device,
      format,
      source: new WavFrameSource(file, format),
      // The first session chooses the period, and the others find the engine running at it.
      periodFrames: periodMs === undefined || index > 0 ? null : this.#periodFrames(periodMs),
      volume,
      isMuted,
      started: () => {
        gaps.session = this.#engine.mixer.running.at(-1) ?? null;
      },
      passesBehindEnd: () => {
        const { delayFrames } = defined(gaps.session, 'session of the player').converter;
        // The last frame was taken when it was first needed, and lasts for so many of the device's.
        const lasting = delayFrames === 0 ? 0 : delayFrames + this.format.rateHz / format.rateHz;
        return Math.ceil(lasting / this.#engine.periodFrames);
      },
      stopping: () => this.#stopping(),
      untoldDelayNs: () => this.machine.device.untoldDelayNs ?? 0,
      wrote: (bytes, offset, byteLength) => {
        gaps.explain();
        ledger?.send(bytes, offset, byteLength);
      },
      ended: () => ledger?.endSending(),
    });
  }

  /** The period of the engine that is nearest to so many milliseconds. */
  #periodFrames(periodMs: number): number {
    const wanted = (periodMs * this.format.rateHz) / 1000;
    return nearestEnginePeriod(this.#audio.periods(this.endpoint), wanted);
  }

  /** A player is about to stop; with the last one the measured time ends. */
  #stopping(): void {
    this.#stopped++;
    if (this.#stopped === this.#players.length) this.#atEnd = this.#meters();
  }

  #meters(): Meters {
    return readMeters(this.machine, this.#engine.passToDeviceFrames * frameBytes(this.format));
  }

  /** Frames heard so far from the first sent one on, and about how many there will be. */
  get heardFrames(): number {
    return this.#ledger?.heardFrames ?? this.#part?.frames ?? 0;
  }

  /** All that was to be heard has come. */
  get #isWhole(): boolean {
    return this.#ledger?.isComplete ?? this.#part?.isWhole === true;
  }

  get expectedFrames(): number {
    return Math.ceil(this.#longestSeconds * this.format.rateHz);
  }

  /** What mixes the sessions, for whoever watches it. */
  get engine(): RenderEngine {
    return this.#engine;
  }

  /** The applications, one for each file. */
  get players(): readonly SharedPlayer[] {
    return this.#players;
  }

  /** The session of a player; undefined until it has started. */
  sessionOf(index: number): RenderSession | undefined {
    return this.#watch.sessions[index]?.session ?? undefined;
  }

  /** Frames that the engine has asked the player for in vain. */
  starvedFrames(index: number): number {
    const gaps = this.#watch.sessions[index]?.until(this.#players[index]?.sentFrames ?? 0) ?? [];
    return gaps.reduce((sum, { frames }) => sum + frames, 0);
  }

  /** What was wrong so far, as the report counts it. */
  get glitchCount(): number {
    return this.#glitches.length;
  }

  get #glitches(): SharedPlayReport['glitchList'] {
    const sentFrames = this.#players.map((player) => player.sentFrames);
    return this.#watch.glitches(this.#compared, sentFrames, this.expectedFrames);
  }

  /** What tells whether the sound was heard as sent; nothing does where the limiter changed it. */
  get #compared(): SoundLedger | null {
    return this.#engine.mixer.hasLimited ? null : this.#ledger;
  }

  /** Plays on, for half a second of virtual time if not told. True when all has ended. */
  step(durationNs: number = SLICE_NS): boolean {
    this.machine.runFor(durationNs);
    const isOver = this.#players.every(({ isDone }) => isDone) && !this.#engine.isStreaming;
    return isOver || this.machine.now > this.#limitNs;
  }

  /** Closes the sessions and the engine, shuts the machine down and tells what happened. */
  finish(wallSeconds: number): SharedPlayReport {
    const untilEnd = this.report(wallSeconds);
    for (const player of this.#players) player.close();
    this.#audio.shutDown();
    if (this.#players.some(({ isDone }) => !isDone)) this.machine.killApplications();
    const leaks = this.machine.shutDown();
    return { ...untilEnd, findings: this.#findings(), leaks };
  }

  /** What happened so far. Only looks, so it can be asked of a machine that a bug check stopped. */
  report(wallSeconds: number): SharedPlayReport {
    const virtualSeconds = this.machine.now / 1e9;
    const atEnd = this.#atEnd ?? this.#meters();
    const engine = this.#engine;
    const compared = this.#compared;
    const glitchList = this.#glitches;
    const [first] = this.#config.files;
    const { latency } = engine.stream;
    const metered = meteredFacts(this.#atRun ?? atEnd, atEnd, latency, this.format);
    return {
      mode: 'shared',
      stream: streamKindOf(engine.stream.drive),
      device: this.machine.device.identity.description,
      driver: (this.#config.driver ?? this.#config.device.driver).name,
      endpoint: this.endpoint.friendlyName,
      format: reportedFormat(this.format),
      fileFormat: reportedFormat(first?.format ?? this.format),
      frames: this.#ledger?.sentFrames ?? this.expectedFrames,
      heardFrames: this.heardFrames,
      bitExact: compared?.isBitExact ?? (this.#isWhole ? null : false),
      firstDifference: compared?.firstDifference ?? null,
      delayFrames: this.#ledger?.delayFrames ?? this.#part?.delayFrames ?? null,
      glitches: glitchList.length,
      glitchList,
      buffer: this.#buffer,
      periodFrames: engine.periodFrames,
      wakeUps: Math.max(0, ...this.#players.map(({ wakes }) => wakes)),
      ...metered,
      ...packetReport(this.machine, metered),
      sessions: this.#players.map((player, index) => this.#describe(player, index)),
      virtualSeconds,
      wallSeconds,
      speed: wallSeconds > 0 ? virtualSeconds / wallSeconds : 0,
      findings: this.#findings(),
      leaks: [],
      warnings: this.#config.files.flatMap(({ warnings }) => [...warnings]),
    };
  }

  #describe(player: SharedPlayer, index: number): SharedPlayReport['sessions'][number] {
    const format = defined(this.#config.files[index], 'file of the session').format;
    return {
      format: reportedFormat(format),
      frames: player.sentFrames,
      starvedFrames: this.starvedFrames(index),
      isConverted: !isSameFormat(deviceFormatFor(format), this.format),
    };
  }

  #findings(): string[] {
    return this.machine.portClass.findings.list.map((finding) => finding.text);
  }
}
