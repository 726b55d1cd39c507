/**
 * Shared mode at one render endpoint: one pin of the device's format, one thread, and in each
 * period one pass that mixes every running session and writes the result where the device will
 * fetch it one period later, or two later where it takes packets. So a frame that is taken into the
 * mix is always equally far from the ear. A late thread is heard, and kept as a glitch at its exact
 * frame.
 */

import type { ClientHome } from '../client/ks-object.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isSameFormat, type PcmFormat } from '../standards/pcm/format.ts';
import type { Dsp } from './dsp/dsp.ts';
import { addGlitch, type EngineGlitch, type EngineReason, whyEngineLate } from './engine-glitch.ts';
import type { EnginePin, EnginePinRequest } from './engine-pin.ts';
import { openEnginePin } from './open-engine-pin.ts';
import { PeriodThread } from './period-thread.ts';
import { RenderMixer } from './render-mixer.ts';
import { RenderSession } from './render-session.ts';

export interface EngineParts {
  readonly kernel: Kernel;
  readonly home: ClientHome;
  readonly dsp: Dsp;
  /** Brings devices up to now, before the buffer changes under them. */
  readonly settle: () => void;
}

/** Frames by which a period may be short of its end and still count as over. */
const EARLY_SHIFT = 3;
/** Passes whose places are remembered, as sessions remember theirs. */
const REMEMBERED_PASSES = 64;
/** A timer may be early or late by part of a period, which a third one has room for. */
export const TIMER_PERIODS = 3;

export class RenderEngine {
  readonly stream: EnginePin;
  readonly mixFormat: PcmFormat;
  readonly mixer: RenderMixer;
  /** Frames between the device's fetch position and the engine's, right after a pass. */
  readonly leadFrames: number;
  readonly glitches: EngineGlitch[] = [];
  readonly #parts: EngineParts;
  readonly #sessions = new Set<RenderSession>();
  readonly #thread: PeriodThread;
  readonly #eventHandle: number;
  /** Packets that come back are whole periods, and their clock is set late enough. */
  readonly #earlyFrames: number;
  readonly #placeOf = new Float64Array(REMEMBERED_PASSES);
  #writtenFrames = 0;
  #pass = 0;
  #firstPass = 0;
  #silentFrames = 0;
  /** Frames for which the device stood without a packet, since its start. */
  #starvedFrames = 0;
  /** The driver said that the last packet came too late or too early. */
  #isRefused = false;
  /** In this wake-up, or in the one before, the engine went by what the driver had counted. */
  #isMisled = false;
  #isClosed = false;

  /** @throws KsError when the driver stack refuses the stream, SmallBufferError for its buffer */
  constructor(
    parts: EngineParts,
    mixFormat: PcmFormat,
    name: string,
    request: Omit<EnginePinRequest, 'isRender' | 'timerPeriods'>,
  ) {
    const { dsp, home, kernel } = parts;
    this.#parts = parts;
    this.mixFormat = mixFormat;
    this.stream = openEnginePin(kernel, home, {
      ...request,
      isRender: true,
      timerPeriods: TIMER_PERIODS,
    });
    const { periodFrames } = this.stream;
    this.#earlyFrames = this.stream.drive === 'irps' ? 0 : periodFrames >> EARLY_SHIFT;
    this.leadFrames = this.stream.leadPeriods * periodFrames;
    const { process, ram } = home;
    this.mixer = new RenderMixer(dsp, ram, process, request.format, mixFormat, periodFrames);
    this.#eventHandle = process.createEvent('synchronization');
    this.stream.notify(this.#eventHandle);
    const event = process.event(this.#eventHandle) as Kevent;
    this.#thread = new PeriodThread(kernel, this.stream, event, 0, name, {
      begin: () => this.#begin(),
      wake: () => this.#wake(),
      failed: () => this.close(),
    });
  }

  get periodFrames(): number {
    return this.stream.periodFrames;
  }

  get isStreaming(): boolean {
    return this.#thread.isStreaming;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Frames of the device by which a session of the format is delayed by its converter. */
  converterFrames(format: PcmFormat): number {
    for (const session of this.#sessions) {
      if (isSameFormat(session.format, format)) return session.converter.delayFrames;
    }
    return 0;
  }

  /** Frames of the device's stream that passes have written since its start. */
  get writtenFrames(): number {
    return this.#writtenFrames;
  }

  /** Frames from a pass to the device's fetch of its first one. */
  get passToDeviceFrames(): number {
    return this.leadFrames - this.periodFrames;
  }

  /** A stopped session with a buffer of its own. @throws RangeError for what cannot be converted */
  openSession(format: PcmFormat, bufferFrames: number): RenderSession {
    const { dsp, home } = this.#parts;
    const session = new RenderSession({
      dsp,
      ram: home.ram,
      process: home.process,
      format,
      mixFormat: this.mixFormat,
      bufferFrames,
      periodFrames: this.periodFrames,
      integerBits: this.mixer.integerBits,
      changed: () => this.mixer.refresh(),
    });
    this.#sessions.add(session);
    return session;
  }

  /** The session's frames are in the mix from the next pass on. */
  start(session: RenderSession): void {
    session.isRunning = true;
    this.mixer.add(session);
    this.#silentFrames = 0;
    this.#thread.want();
  }

  stop(session: RenderSession): void {
    session.isRunning = false;
    this.mixer.remove(session);
  }

  closeSession(session: RenderSession): void {
    if (!this.#sessions.delete(session)) return;
    this.stop(session);
    session.free();
  }

  /** Client frames of the session that have left the endpoint. */
  heardFrames(session: RenderSession): number {
    if (!this.isStreaming) return session.takenFrames;
    const heard = this.stream.heardFrames();
    let pass = this.#pass - 1;
    while (pass > this.#firstPass && this.#place(pass) > heard) pass--;
    const intoPass = heard - this.#place(pass);
    if (intoPass < 0) return session.heardFrames(pass, 0);
    return session.heardFrames(pass, Math.min(intoPass, this.periodFrames));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#thread.end();
    for (const session of [...this.#sessions]) {
      session.isInvalidated = true;
      this.closeSession(session);
    }
    this.stream.close();
    this.mixer.free();
    this.#parts.home.process.closeHandle(this.#eventHandle);
  }

  /** The lead but for a period is silence, and behind it comes what the sessions have ready. */
  #begin(): void {
    this.stream.silence();
    this.mixer.restart();
    this.#writtenFrames = this.passToDeviceFrames;
    this.#silentFrames = 0;
    this.#firstPass = this.#pass;
    this.#starvedFrames = 0;
    const silentPackets = this.passToDeviceFrames / this.periodFrames;
    for (let packet = 0; packet < silentPackets; packet++) this.stream.packetWritten(packet);
    this.#runPass();
  }

  #wake(): boolean {
    const { stream } = this;
    this.#parts.settle();
    const { periodFrames } = this;
    const isAsked = this.#isRefused;
    const done = isAsked ? this.#askedFrames() : stream.doneFrames();
    const fetched = done + stream.undoneFrames;
    this.#starved(stream.takeStarvedFrames(), stream.starvedAtFrame);
    this.#isMisled ||= isAsked;
    if (this.#writtenFrames < fetched) this.#late(fetched);
    this.#isMisled = isAsked;
    const due = fetched + this.leadFrames + this.#earlyFrames;
    const room = done + stream.bufferFrames;
    while (
      this.#writtenFrames + periodFrames <= due &&
      this.#writtenFrames + periodFrames <= room
    ) {
      this.#runPass();
    }
    return this.mixer.running.length > 0 || !this.#isSilentEnough;
  }

  /** The packet being fetched is out of reach as well. */
  #askedFrames(): number {
    this.#isRefused = false;
    return this.stream.packetCount() * this.periodFrames + 1;
  }

  /** Packets go on at the next whole one, other streams where the device is. */
  #nextPlace(fetched: number): number {
    if (this.stream.drive === 'timer') return fetched;
    return Math.ceil(fetched / this.periodFrames) * this.periodFrames;
  }

  #late(fetched: number): void {
    const atFrame = this.#writtenFrames;
    this.#writtenFrames = this.#nextPlace(fetched);
    const cause = this.#why(fetched - atFrame);
    const frames = this.#writtenFrames - atFrame;
    this.glitches.push(cause === null ? { atFrame, frames } : { atFrame, frames, cause });
  }

  #why(frames: number): EngineReason | null {
    const { kernel } = this.#parts;
    const isDriver = this.#isMisled || this.#thread.isUncalled;
    return whyEngineLate(kernel, frames, this.stream.format.rateHz, isDriver);
  }

  /** The device stood at the end of what was written, and goes on with the next packet. */
  #starved(frames: number, atFrame: number): void {
    if (frames === 0) return;
    addGlitch(this.glitches, atFrame + this.#starvedFrames, frames, this.#why(frames));
    this.#starvedFrames += frames;
  }

  #runPass(): void {
    const { stream, periodFrames } = this;
    const place = this.#writtenFrames % stream.bufferFrames;
    const { address } = stream.buffer;
    const untilEnd = stream.bufferFrames - place;
    const firstFrames = Math.min(periodFrames, untilEnd);
    const pass = this.#pass++;
    this.#placeOf[pass % REMEMBERED_PASSES] = this.#writtenFrames;
    if (this.mixer.running.length === 0) this.#silentFrames += periodFrames;
    this.mixer.mix(pass, address + place * stream.frameBytes, firstFrames, address);
    const packet = this.#writtenFrames / periodFrames;
    this.#writtenFrames += periodFrames;
    if (!stream.packetWritten(packet, this.#isSilentEnough)) this.#isRefused = true;
  }

  /** Nothing but silence is left between the last sound and the ear. */
  get #isSilentEnough(): boolean {
    return this.#silentFrames >= this.stream.drainFrames;
  }

  #place(pass: number): number {
    return this.#placeOf[pass % REMEMBERED_PASSES] as number;
  }
}
