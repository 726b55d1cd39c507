/**
 * One recording through one machine, in exclusive use of the endpoint: opens a pin, streams the
 * file with a client of the wanted kind, listens at the speaker, and reports. It runs in slices, so
 * that a caller can show progress or stop; wall time is the caller's business.
 */
import { ms } from '../base/brand.ts';
import type { ByteMatcher } from '../client/byte-match.ts';
import { DeviceTimeline } from '../client/device-timeline.ts';
import { type EndpointFacts, enumerateFilters, findEndpoints } from '../client/endpoints.ts';
import { GlitchCauses } from '../client/glitch-cause.ts';
import { KsFilter } from '../client/ks-filter.ts';
import { whyLate } from '../client/late-step.ts';
import { PacketGlitchCauses } from '../client/packet-glitch-cause.ts';
import { type HeardFrames, SoundLedger } from '../client/sound-ledger.ts';
import type { CyclicRenderClient } from '../client/timer-render.ts';
import { WavFrameSource } from '../client/wav-frame-source.ts';
import { hasCyclicBuffer } from '../engine/open-engine-pin.ts';
import type { KernelTimingConfig } from '../kernel/dispatch/timing.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import type { TraceOptions } from '../sim/trace.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { deviceFormatFor } from '../standards/pcm/repack.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { checkProposal } from './choose-endpoint.ts';
import { defaultBufferMs } from './device-burst.ts';
import type { AudioDevice, DeviceKind } from './devices.ts';
import { rawEndpoint } from './endpoint-choice.ts';
import { friendlyNameOf } from './endpoint-name.ts';
import { Machine } from './machine.ts';
import { PacketRender } from './packet-render.ts';
import type { PlayReport } from './play-report.ts';
import { type ClientParts, CyclicRender, type RenderTransport } from './render-transport.ts';
import { turnVolume } from './render-volume.ts';
import {
  type Meters,
  meteredFacts,
  packetReport,
  readMeters,
  reportedFormat,
  tellGaps,
} from './session-facts.ts';
import {
  checkPositionSource,
  checkStreamKind,
  type PinStreamKind,
  type StreamKind,
} from './stream-kind.ts';
import { recordWakeUps } from './timing.ts';

export interface PlayConfig {
  readonly file: WavFile;
  readonly device: DeviceKind;
  readonly driver?: DriverModule;
  readonly seed?: number;
  readonly bufferMs?: number;
  /** Which endpoint, by its name; the first that there is if absent. */
  readonly endpoint?: string;
  readonly trace?: TraceOptions;
  /** Ticks and delays of the machine; none if absent. */
  readonly timing?: KernelTimingConfig;
  /** How much too fast the device's clock is; 0 if absent. */
  readonly driftPpm?: number;
  /** Takes the ear's frames from the first sent one on. */
  readonly heard?: (format: PcmFormat) => HeardFrames;
  /** What wakes the client: its own timer if absent. */
  readonly stream?: StreamKind;
  /** How the client learns the position: from the register if absent, where there is one. */
  readonly position?: 'property' | 'register';
  /** Compares heard with sent; a host may bring a faster one than the built-in. */
  readonly match?: ByteMatcher;
  /** Extra nanoseconds of the client's n-th wake-up. */
  readonly wakeDelayNs?: (wake: number) => number;
}

interface GlitchWatch {
  readonly causes: GlitchCauses | PacketGlitchCauses;
  /** Of a stream with a cyclic buffer. */
  readonly timeline: DeviceTimeline | null;
}

const SLICE_NS = ms(500);
/** Virtual time beyond the recording's own after which a stream is given up. */
const PATIENCE_NS = ms(5_000);

/**
 * The machine that a session plays on, with the driver started. @throws StartError; whoever wants
 * the trace of what happened then gives `config.trace`.
 */
export function bootForPlay(
  config: Pick<PlayConfig, 'device' | 'driftPpm' | 'driver' | 'seed' | 'timing' | 'trace'>,
): Machine<AudioDevice> {
  const { device, driftPpm = 0 } = config;
  const machine = Machine.boot({
    device: (slot) => device.create(slot, { driftPpm }),
    driver: config.driver ?? config.device.driver,
    ...(config.seed === undefined ? {} : { seed: config.seed }),
    ...(config.trace === undefined ? {} : { trace: config.trace }),
    ...(config.timing === undefined ? {} : { timing: config.timing }),
  });
  if (device.unityVolume !== undefined) turnVolume(machine, device.unityVolume);
  return machine;
}

export class PlaySession {
  readonly machine: Machine<AudioDevice>;
  readonly endpoint: EndpointFacts;
  readonly format: PcmFormat;
  readonly #config: PlayConfig;
  readonly #filter: KsFilter;
  readonly #transport: RenderTransport;
  readonly #ledger: SoundLedger;
  /** On a machine with a timing: why the stream glitches. */
  readonly #watch: GlitchWatch | null;
  readonly #client: CyclicRenderClient;
  readonly #limitNs: number;
  #atRun: Meters | null = null;
  #atEnd: Meters | null = null;

  /**
   * Boots unless it is given a machine, opens and gets ready; nothing plays yet.
   * @throws StartError, NoEndpointError, FormatRefusedError, KsError, SmallBufferError,
   * StreamKindRefusedError
   */
  constructor(config: PlayConfig, machine: Machine<AudioDevice> = bootForPlay(config)) {
    this.#config = config;
    this.format = deviceFormatFor(config.file.format);
    this.machine = machine;
    const { kernel } = this.machine;
    const home = { process: this.machine.openProcess('player'), ram: kernel.ram };
    const endpoints = findEndpoints(enumerateFilters(home, kernel.interfaces));
    this.endpoint = rawEndpoint(endpoints, 'render', this.format, config.endpoint);
    this.#filter = KsFilter.open(home, this.endpoint.filter.symbolicLink);
    checkProposal(this.#filter, this.endpoint, this.format);
    this.#transport = this.#openTransport();
    this.#ledger = new SoundLedger(
      frameBytes(this.format),
      3 * this.#transport.bufferFrames,
      config.heard?.(this.format) ?? null,
      config.match,
    );
    this.#watch = config.timing === undefined ? null : this.#watchGlitches();
    tellGaps(machine, this.#ledger);
    this.machine.device.speaker.sink = this.#watch?.causes ?? this.#ledger;
    this.#client = this.#makeClient();
    const soundNs = (config.file.frames / this.format.rateHz) * 1e9;
    this.#limitNs = kernel.clock.now + 2 * soundNs + PATIENCE_NS;
    this.#client.start();
  }

  /** What drives the stream. */
  get stream(): PinStreamKind {
    return this.#transport.stream;
  }

  #openTransport(): RenderTransport {
    const { endpoint, format, machine } = this;
    const { device } = this.#config;
    const { bufferMs = defaultBufferMs(device, endpoint.filter, format.rateHz) } = this.#config;
    checkStreamKind(this.#config.stream, endpoint.filter);
    checkPositionSource(this.#config.position, endpoint.filter);
    return hasCyclicBuffer(endpoint.filter)
      ? new CyclicRender(machine, this.#filter, endpoint, format, bufferMs, this.#config)
      : new PacketRender(machine, this.#filter, endpoint, format, bufferMs);
  }

  #makeClient(): CyclicRenderClient {
    const { file, wakeDelayNs } = this.#config;
    const watch = this.#watch?.causes;
    const parts: ClientParts = {
      source: new WavFrameSource(file, this.format),
      journal: watch ?? this.#ledger,
      settle: () => this.machine.device.settle(),
      observer: { entered: () => this.#entered(), leaving: () => this.#leaving() },
      ...(wakeDelayNs === undefined ? {} : { wakeDelayNs }),
      untoldDelayNs: () => this.machine.device.untoldDelayNs ?? 0,
    };
    return !(watch instanceof GlitchCauses)
      ? this.#transport.makeClient(parts)
      : this.#transport.makeClient(parts, (position) => watch.watch(position));
  }

  #watchGlitches(): GlitchWatch {
    const { device, driftPpm = 0 } = this.#config;
    const { kernel } = this.machine;
    if (this.#transport.stream === 'irp') return { causes: this.#watchPackets(), timeline: null };
    const timeline = new DeviceTimeline(this.format.rateHz, driftPpm);
    const size = frameBytes(this.format);
    const { fifoErrorCause } = device;
    const causes = new GlitchCauses({
      kernel,
      chains: recordWakeUps(kernel),
      ledger: this.#ledger,
      timeline,
      frameBytes: size,
      bufferFrames: this.#transport.bufferFrames,
      fifoErrors: () => this.machine.device.fifoErrors ?? 0,
      ...(fifoErrorCause === undefined ? {} : { fifoErrorCause }),
    });
    return { causes, timeline };
  }

  #watchPackets(): PacketGlitchCauses {
    const { fifoErrorCause } = this.#config.device;
    const { device, kernel } = this.machine;
    recordWakeUps(kernel);
    return new PacketGlitchCauses({
      ledger: this.#ledger,
      settle: () => device.settle(),
      whyLate: (frames) => whyLate(kernel, (frames / this.format.rateHz) * 1e9),
      fifoErrors: () => device.fifoErrors ?? 0,
      ...(fifoErrorCause === undefined ? {} : { fifoErrorCause }),
    });
  }

  #entered(): void {
    const timeline = this.#watch?.timeline ?? null;
    if (timeline !== null) timeline.runNs = this.machine.now;
    this.#atRun = this.#meters();
  }

  #leaving(): void {
    this.#atEnd = this.#meters();
  }

  #meters(): Meters {
    // Packets under way are the client's until they come back; at the end none is.
    const { bufferFrames, stream } = this.#transport;
    const ahead = stream === 'irp' ? bufferFrames : this.#client.aheadFrames;
    return readMeters(this.machine, ahead * frameBytes(this.format));
  }

  /** Frames heard so far, out of `config.file.frames`. */
  get heardFrames(): number {
    return this.#ledger.heardFrames;
  }

  /** Of the stream's time line, the silence ahead of the sound included. */
  get writtenFrames(): number {
    return this.#client.writtenFrames;
  }

  get periodFrames(): number {
    return this.#transport.periodFrames;
  }

  /** Runs of frames that were not heard as sent, so far. */
  get glitchCount(): number {
    return this.#ledger.glitches.length;
  }

  /** Plays on, for half a second of virtual time if not told. True when the stream has ended. */
  step(durationNs: number = SLICE_NS): boolean {
    this.machine.runFor(durationNs);
    return this.#client.isDone || this.machine.now > this.#limitNs;
  }

  /** Closes the stream, shuts the machine down and tells what happened. */
  finish(wallSeconds: number): PlayReport {
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
  report(wallSeconds: number): PlayReport {
    const virtualSeconds = this.machine.now / 1e9;
    const glitches = this.#glitches();
    const metered = this.#meteredFacts();
    return {
      mode: 'exclusive',
      stream: this.#transport.stream,
      device: this.machine.device.identity.description,
      driver: (this.#config.driver ?? this.#config.device.driver).name,
      endpoint: friendlyNameOf(this.endpoint, this.machine),
      format: reportedFormat(this.format),
      fileFormat: reportedFormat(this.#config.file.format),
      frames: this.#ledger.sentFrames,
      heardFrames: this.#ledger.heardFrames,
      bitExact: this.#ledger.isBitExact,
      firstDifference: this.#ledger.firstDifference,
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
      warnings: this.#config.file.warnings,
    };
  }

  /** With the cause, as far as it is known. */
  #glitches(): PlayReport['glitchList'] {
    if (this.#watch !== null) return this.#watch.causes.explain();
    const { fifoErrorCause = 'FIFO empty' } = this.#config.device;
    if ((this.machine.device.fifoErrors ?? 0) === 0) return this.#ledger.glitches;
    return this.#ledger.glitches.map((glitch) =>
      glitch.cause === 'gap' ? { ...glitch, cause: fifoErrorCause } : glitch,
    );
  }

  #meteredFacts() {
    const atEnd = this.#atEnd ?? this.#meters();
    return meteredFacts(this.#atRun ?? atEnd, atEnd, this.#transport.latency, this.format);
  }

  #findings(): string[] {
    return this.machine.portClass.findings.list.map((finding) => finding.text);
  }
}
