/**
 * Recordings through the audio engine, in shared use of the endpoint: one application with a
 * session for each file, mixed by the engine and heard at the speaker. One session at full level
 * in the device's own format has to be heard bit for bit; of a mix it is told what the engine and
 * the sessions missed. It runs in slices, so that a caller can show progress or stop.
 */
import { defined } from '../base/assert.ts';
import { ms } from '../base/brand.ts';
import { Out } from '../base/out.ts';
import type { ClientHome } from '../client/ks-object.ts';
import { SoundLedger } from '../client/sound-ledger.ts';
import { WavFrameSource } from '../client/wav-frame-source.ts';
import type { AudioEndpoint } from '../engine/audio-endpoint.ts';
import type { AudioEngine } from '../engine/audio-engine.ts';
import { nearestEnginePeriod } from '../engine/engine-period.ts';
import type { RenderEngine } from '../engine/render-engine.ts';
import type { RenderSession, SessionGap } from '../engine/render-session.ts';
import type { SoundSink } from '../hardware/endpoint/speaker.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import { frameBytes, isSameFormat, type PcmFormat } from '../standards/pcm/format.ts';
import { deviceFormatFor } from '../standards/pcm/repack.ts';
import { createDeviceEnumerator, eConsole, eRender, type IMMDevice } from '../wasapi/index.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { startAudioEngine } from './audio-engine.ts';
import { NoEndpointError } from './choose-endpoint.ts';
import type { AudioDevice } from './devices.ts';
import { HeardPart } from './heard-part.ts';
import type { Machine } from './machine.ts';
import type { PlayReport } from './play-report.ts';
import { bootForPlay, type PlayConfig } from './play-session.ts';
import {
  describePinBuffer,
  type Meters,
  meteredFacts,
  readMeters,
  reportedFormat,
} from './session-facts.ts';
import type { SharedPlayReport } from './shared-play-report.ts';
import { APPLICATION_PRIORITY, SharedPlayer } from './shared-player.ts';
import { checkStreamKind, driveOf, streamKindOf } from './stream-kind.ts';
import { checkResult } from './wasapi-result.ts';

export interface SharedPlayConfig
  extends Pick<
    PlayConfig,
    'device' | 'driftPpm' | 'driver' | 'heard' | 'match' | 'seed' | 'stream' | 'timing' | 'trace'
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
  /** The sessions of the players, once they started. */
  readonly #sessions: (RenderSession | undefined)[] = [];
  readonly #ledger: SoundLedger | null;
  readonly #part: HeardPart | null;
  readonly #buffer: SharedPlayReport['buffer'];
  readonly #limitNs: number;
  #atRun: Meters | null = null;
  #atEnd: Meters | null = null;
  #stopped = 0;

  /**
   * Boots unless it is given a machine, opens the sessions; nothing plays yet.
   * @throws StartError, NoEndpointError, StreamKindRefusedError, WasapiError
   */
  constructor(config: SharedPlayConfig, machine: Machine<AudioDevice> = bootForPlay(config)) {
    this.#config = config;
    this.machine = machine;
    const { kernel } = machine;
    const drive = config.stream === undefined ? {} : { drive: driveOf(config.stream) };
    this.#audio = startAudioEngine(machine, drive);
    const endpoint = this.#audio.endpoints.find(({ isRender }) => isRender);
    if (endpoint === undefined) {
      throw new NoEndpointError('there is no render endpoint to play on');
    }
    this.endpoint = endpoint;
    if (endpoint.host !== null) checkStreamKind(config.stream, endpoint.host.filter);
    const [first] = config.files;
    if (first !== undefined) this.#audio.setDeviceFormat(endpoint, deviceFormatFor(first.format));
    this.format = this.#audio.deviceFormat(endpoint);
    const home = { process: machine.openProcess('player'), ram: kernel.ram };
    const device = new Out<IMMDevice | null>(null);
    const enumerator = createDeviceEnumerator(this.#audio, home);
    const asked = enumerator.getDefaultAudioEndpoint(eRender, eConsole, device);
    checkResult('IMMDeviceEnumerator::GetDefaultAudioEndpoint', asked);
    this.#ledger = this.#isComparable() ? this.#makeLedger() : null;
    this.#players = config.files.map((file, index) =>
      this.#openPlayer(index, file, home, defined(device.value, 'default endpoint')),
    );
    this.#engine = defined(endpoint.renderEngine, 'engine of the endpoint');
    this.#ledger?.prime(this.#engine.passToDeviceFrames);
    this.#part = this.#ledger === null ? this.#makePart() : null;
    machine.device.speaker.sink = this.#listen(this.#ledger ?? defined(this.#part, 'listener'));
    this.#buffer = describePinBuffer(machine, this.#engine.stream);
    kernel.dispatcher.createThread('application', APPLICATION_PRIORITY, () => this.#start());
    this.#limitNs = kernel.clock.now + 2e9 * this.#longestSeconds + PATIENCE_NS;
  }

  /** All sessions are in the mix before the engine's next pass. */
  // biome-ignore lint/correctness/useYield: a thread that waits for nothing
  *#start(): ThreadGenerator {
    for (const player of this.#players) player.start();
  }

  get #longestSeconds(): number {
    return Math.max(0, ...this.#config.files.map(({ format, frames }) => frames / format.rateHz));
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
    const { fifoBytes, chipsetDelay100ns, codecDelay100ns } = this.#engine.stream.latency;
    const delayFrames = Math.round(
      ((chipsetDelay100ns + codecDelay100ns) * this.format.rateHz) / 1e7,
    );
    const lead =
      this.#engine.passToDeviceFrames + fifoBytes / frameBytes(this.format) + delayFrames;
    const filterFrames = Math.max(
      0,
      ...this.#engine.mixer.running.map(({ converter }) => converter.delayFrames),
    );
    const frames = Math.ceil(this.#longestSeconds * this.format.rateHz) + filterFrames;
    const output = this.#config.heard?.(this.format) ?? null;
    return new HeardPart(frameBytes(this.format), lead, frames, output);
  }

  /** The ear's time line starts when the engine's stream enters RUN. */
  #listen(sink: SoundSink): SoundSink {
    return {
      open: (format) => {
        this.#atRun ??= this.#meters();
        sink.open(format);
      },
      hear: (bytes, offset, byteLength) => sink.hear(bytes, offset, byteLength),
      silence: (frames) => sink.silence(frames),
    };
  }

  #openPlayer(index: number, file: WavFile, home: ClientHome, device: IMMDevice): SharedPlayer {
    const { isMuted = false, periodMs, volume = 1 } = this.#config;
    const format = deviceFormatFor(file.format);
    const ledger = this.#ledger;
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
        this.#sessions[index] = this.#engine.mixer.running.at(-1);
      },
      stopping: () => this.#stopping(),
      untoldDelayNs: () => this.machine.device.untoldDelayNs ?? 0,
      ...(ledger === null
        ? {}
        : {
            wrote: (bytes, offset, byteLength) => ledger.send(bytes, offset, byteLength),
            ended: () => ledger.endSending(),
          }),
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
    return this.#sessions[index];
  }

  /** Frames that the engine has asked the player for in vain. */
  starvedFrames(index: number): number {
    return this.#gapsOf(index).reduce((sum, { frames }) => sum + frames, 0);
  }

  /** Runs of frames that were not heard as sent, so far; null where nobody compares. */
  get glitchCount(): number | null {
    return this.#ledger?.glitches.length ?? null;
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
    const glitchList = this.#ledger === null ? this.#missed() : this.#heardWrong(this.#ledger);
    const [first] = this.#config.files;
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
      bitExact: this.#ledger?.isBitExact ?? null,
      firstDifference: this.#ledger?.firstDifference ?? null,
      delayFrames: this.#ledger?.delayFrames ?? this.#part?.delayFrames ?? null,
      glitches: glitchList.length,
      glitchList,
      buffer: this.#buffer,
      periodFrames: engine.periodFrames,
      wakeUps: Math.max(0, ...this.#players.map(({ wakes }) => wakes)),
      ...meteredFacts(this.#atRun ?? atEnd, atEnd, engine.stream.latency, this.format),
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

  /** What a session did not have when the engine came to take it; its own end is no gap. */
  #gapsOf(index: number): SessionGap[] {
    const sentFrames = this.#players[index]?.sentFrames ?? 0;
    return (this.#sessions[index]?.gaps ?? []).filter(({ atFrame }) => atFrame < sentFrames);
  }

  /** What the ear found in one session's sound; once the engine was late, all follows from that. */
  #heardWrong({ glitches }: SoundLedger): PlayReport['glitchList'] {
    if (this.#engine.glitches.length === 0) return glitches;
    return glitches.map((glitch) => ({ ...glitch, cause: 'engine late' as const }));
  }

  /** What a mix lacked: passes that came too late, and frames that a session did not have. */
  #missed(): PlayReport['glitchList'] {
    const late = this.#engine.glitches.map((glitch) => ({
      ...glitch,
      cause: 'engine late' as const,
    }));
    const gaps = this.#players.flatMap((_, index) =>
      this.#gapsOf(index).map((gap) => ({ ...gap, cause: 'client late' as const })),
    );
    return [...late, ...gaps];
  }

  #findings(): string[] {
    return this.machine.portClass.findings.list.map((finding) => finding.text);
  }
}
