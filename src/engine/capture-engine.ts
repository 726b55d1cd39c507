/**
 * Shared mode at one capture endpoint: one pin of the device's format, one thread, and in each
 * period one pass that hands the frames just stored to every running session. What the device
 * stored over before the thread came is lost, and said so.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { CaptureSession } from './capture-session.ts';
import { addGlitch, type EngineGlitch, type EngineReason, whyEngineLate } from './engine-glitch.ts';
import type { EnginePin, EnginePinRequest } from './engine-pin.ts';
import { openEnginePin } from './open-engine-pin.ts';
import { PeriodThread } from './period-thread.ts';
import { type EngineParts, TIMER_PERIODS } from './render-engine.ts';
import { PartMemory } from './session-converter.ts';

const FLOAT_BYTES = 4;

export class CaptureEngine {
  readonly stream: EnginePin;
  /** Frames of the device that were stored over before the engine took them. */
  readonly glitches: EngineGlitch[] = [];
  readonly #parts: EngineParts;
  readonly #sessions = new Set<CaptureSession>();
  readonly #running: CaptureSession[] = [];
  readonly #thread: PeriodThread;
  readonly #eventHandle: number;
  readonly #memory: PartMemory;
  readonly #floatsAt: VirtualAddress;
  #takenFrames = 0;
  /** Frames that nobody stored, since the device started; and those of them to be told of. */
  #starvedFrames = 0;
  #untoldFrames = 0;
  /** Frames that nobody stored behind a frame that the engine has not come to. */
  #holeFrames = 0;
  #holeAtFrame = 0;
  #holeCause: EngineReason | null = null;
  #isClosed = false;

  /** @throws KsError when the driver stack refuses the stream, SmallBufferError for its buffer */
  constructor(
    parts: EngineParts,
    name: string,
    request: Omit<EnginePinRequest, 'isRender' | 'timerPeriods'>,
  ) {
    const { home, kernel } = parts;
    this.#parts = parts;
    this.stream = openEnginePin(kernel, home, {
      ...request,
      isRender: false,
      timerPeriods: TIMER_PERIODS,
    });
    this.#memory = new PartMemory(home.process);
    const samples = this.periodFrames * request.format.channels;
    this.#floatsAt = this.#memory.allocate(samples * FLOAT_BYTES, 'own');
    this.#eventHandle = home.process.createEvent('synchronization');
    this.stream.notify(this.#eventHandle);
    const event = home.process.event(this.#eventHandle) as Kevent;
    // What was captured reaches memory one FIFO later.
    this.#thread = new PeriodThread(kernel, this.stream, event, this.stream.fifoFrames, name, {
      begin: () => this.#begin(),
      wake: () => this.#wake(),
      failed: () => this.close(),
    });
  }

  get periodFrames(): number {
    return this.stream.periodFrames;
  }

  /** Frames that can have been stored when a late engine comes. */
  get leadFrames(): number {
    return this.stream.leadPeriods * this.periodFrames;
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

  /** A stopped session with a buffer of its own. @throws RangeError for what cannot be converted */
  openSession(format: PcmFormat, bufferFrames: number): CaptureSession {
    const { dsp, home } = this.#parts;
    const session = new CaptureSession({
      dsp,
      ram: home.ram,
      process: home.process,
      format,
      deviceFormat: this.stream.format,
      bufferFrames,
      periodFrames: this.periodFrames,
    });
    this.#sessions.add(session);
    return session;
  }

  start(session: CaptureSession): void {
    session.isRunning = true;
    session.interrupt();
    this.#running.push(session);
    this.#thread.want();
  }

  stop(session: CaptureSession): void {
    session.isRunning = false;
    const index = this.#running.indexOf(session);
    if (index >= 0) this.#running.splice(index, 1);
  }

  closeSession(session: CaptureSession): void {
    if (!this.#sessions.delete(session)) return;
    this.stop(session);
    session.free();
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
    this.#memory.free();
    this.#parts.home.process.closeHandle(this.#eventHandle);
  }

  #begin(): void {
    this.#takenFrames = 0;
    this.#starvedFrames = 0;
    this.#untoldFrames = 0;
    this.#holeFrames = 0;
  }

  #wake(): boolean {
    const { stream } = this;
    this.#parts.settle();
    const stored = stream.doneFrames();
    const moved = stored + stream.undoneFrames;
    this.#skipStoredOver(stored - stream.bufferFrames);
    const starvedFrames = stream.takeStarvedFrames();
    const before = moved + this.#holeFrames;
    if (starvedFrames > 0) this.#addHole(starvedFrames, stream.starvedAtFrame);
    // A full packet whose DPC is late has not come back when the device is known to stand.
    const isReached = this.#holeFrames > 0 && stored >= this.#holeAtFrame;
    if (isReached) {
      this.#runPasses(this.#holeAtFrame, before);
      this.#passHole();
    }
    this.#runPasses(stored, isReached ? moved - starvedFrames : before);
    return this.#running.length > 0;
  }

  #skipStoredOver(oldest: number): void {
    if (this.#takenFrames >= oldest) return;
    const next = Math.ceil(oldest / this.periodFrames) * this.periodFrames;
    const atFrame = this.#takenFrames;
    const frames = next - atFrame;
    const cause = this.#why(oldest - atFrame);
    this.glitches.push(cause === null ? { atFrame, frames } : { atFrame, frames, cause });
    this.#takenFrames = next;
    this.#untoldFrames += frames;
  }

  #runPasses(stored: number, moved: number): void {
    while (stored - this.#takenFrames >= this.periodFrames) {
      this.#runPass(moved, this.#untoldFrames);
      this.#untoldFrames = 0;
    }
  }

  /** So much was stored nowhere, behind this frame. */
  #addHole(frames: number, atFrame: number): void {
    if (this.#holeFrames === 0) this.#holeCause = this.#why(frames);
    this.#holeAtFrame = atFrame;
    this.#holeFrames += frames;
  }

  /** What is no whole period before the hole is lost too. */
  #passHole(): void {
    const lostFrames = this.#holeAtFrame - this.#takenFrames + this.#holeFrames;
    const at = this.#takenFrames + this.#starvedFrames;
    addGlitch(this.glitches, at, lostFrames, this.#holeCause);
    this.#takenFrames = this.#holeAtFrame;
    this.#starvedFrames += this.#holeFrames;
    this.#untoldFrames += lostFrames;
    this.#holeFrames = 0;
  }

  #why(frames: number): EngineReason | null {
    const { kernel } = this.#parts;
    return whyEngineLate(kernel, frames, this.stream.format.rateHz, this.#thread.isUncalled);
  }

  #runPass(moved: number, lostFrames: number): void {
    const { periodFrames, stream } = this;
    const place = this.#takenFrames % stream.bufferFrames;
    const untilEnd = stream.bufferFrames - place;
    const firstFrames = Math.min(periodFrames, untilEnd);
    const { address } = stream.buffer;
    const firstAt = address + place * stream.frameBytes;
    const counter = this.#heardAt(moved - this.#takenFrames);
    const running = this.#running;
    let needsFloats = false;
    for (let index = 0; index < running.length; index++) {
      if (!(running[index] as CaptureSession).isDirect) needsFloats = true;
    }
    if (needsFloats) this.#toFloats(firstAt, firstFrames, address);
    for (let index = 0; index < running.length; index++) {
      const session = running[index] as CaptureSession;
      session.deliver(firstAt, firstFrames, address, this.#floatsAt, counter, lostFrames);
    }
    this.#takenFrames += periodFrames;
  }

  /** When the frame was at the endpoint that is `ago` frames before the device's last one. */
  #heardAt(ago: number): number {
    const { format, hardwareDelay100ns } = this.stream;
    const now100ns = Math.floor(this.#parts.kernel.clock.now / 100);
    return Math.round(now100ns - (ago * 1e7) / format.rateHz) - hardwareDelay100ns;
  }

  #toFloats(firstAt: number, firstFrames: number, restAt: number): void {
    const { dsp } = this.#parts;
    const { format } = this.stream;
    const firstSamples = firstFrames * format.channels;
    dsp.toFloat(this.#floatsAt, firstAt as VirtualAddress, firstSamples, format);
    const restSamples = this.periodFrames * format.channels - firstSamples;
    if (restSamples === 0) return;
    const floatsAt = (this.#floatsAt + firstSamples * FLOAT_BYTES) as VirtualAddress;
    dsp.toFloat(floatsAt, restAt as VirtualAddress, restSamples, format);
  }
}
