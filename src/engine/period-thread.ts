/**
 * The thread that serves one endpoint in shared mode: it sleeps while no session runs, starts the
 * stream when one does, wakes once per period (by the driver's event, or by the clock at the
 * moment when the period's last frame moves), and stops the stream when nothing is left to do.
 * Source: "Low Latency Audio"; Windows runs it in the Pro Audio class, above all other threads.
 */
import { timeOfFrame } from '../base/frame-time.ts';
import { KsError } from '../client/ks-object.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { ThreadGenerator, WaitRequest } from '../kernel/dispatch/thread.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type NtStatus, STATUS_TIMEOUT } from '../standards/nt/ntstatus.ts';
import type { EnginePin } from './engine-pin.ts';

/** What is done in each period, for either direction. */
export interface PeriodWork {
  /** The stream is about to enter RUN. */
  begin(): void;
  /** A period is over, or several are. False when the stream can stop. */
  wake(): boolean;
  /** The driver stack refused a request: the endpoint is gone. */
  failed(): void;
}

const ENGINE_PRIORITY = 26;
const NS_PER_TICK = 100;
/**
 * A stream that should be woken by its driver and gets no event for so long asks for the position,
 * and does so each period from then on until there is an event again.
 */
const PATIENCE_PERIODS = 4;

export class PeriodThread {
  readonly #kernel: Kernel;
  readonly #stream: EnginePin;
  readonly #work: PeriodWork;
  /** Set by the driver at the end of a packet, and by whoever wants the thread to look up. */
  readonly #event: Kevent;
  /** Frames that the clock waits for beyond whole periods. */
  readonly #lagFrames: number;
  #isWanted = false;
  #isOver = false;
  #isStreaming = false;
  /** Periods since the stream ran, or since the last event where there should be one. */
  #periods = 0;
  /** When the periods are counted from, after the stream ran. */
  #sinceRunNs = 0;
  #isUncalled = false;

  constructor(
    kernel: Kernel,
    stream: EnginePin,
    event: Kevent,
    lagFrames: number,
    name: string,
    work: PeriodWork,
  ) {
    this.#kernel = kernel;
    this.#stream = stream;
    this.#event = event;
    this.#lagFrames = lagFrames;
    this.#work = work;
    kernel.dispatcher.createThread(name, ENGINE_PRIORITY, () => this.#run());
  }

  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  /** It is patience that has woken the thread, and no event of the driver. */
  get isUncalled(): boolean {
    return this.#isUncalled;
  }

  /** Starts the stream, unless it runs. It stops by itself. */
  want(): void {
    this.#isWanted = true;
    if (!this.#isStreaming) this.#event.set();
  }

  /** Stops the stream at once and ends the thread. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#halt();
    this.#event.set();
  }

  *#run(): ThreadGenerator {
    while (!this.#isOver) {
      if (!this.#isWanted) {
        yield this.#kernel.waitFor(this.#event, null);
        continue;
      }
      this.#isWanted = false;
      if (!this.#start()) return;
      let isBusy = true;
      while (isBusy) {
        this.#woken(yield this.#nextPeriod());
        if (this.#isOver) return;
        isBusy = this.#wake() || this.#isWanted;
        this.#isWanted = false;
      }
      this.#halt();
    }
  }

  #start(): boolean {
    try {
      this.#work.begin();
      this.#stream.run();
    } catch (error) {
      if (!(error instanceof KsError)) throw error;
      this.#isOver = true;
      this.#work.failed();
      return false;
    }
    this.#isStreaming = true;
    this.#isUncalled = false;
    this.#periods = 0;
    this.#sinceRunNs = 0;
    return true;
  }

  #wake(): boolean {
    try {
      return this.#work.wake();
    } catch (error) {
      if (!(error instanceof KsError)) throw error;
      this.#work.failed();
      return false;
    }
  }

  #halt(): void {
    if (!this.#isStreaming) return;
    this.#isStreaming = false;
    try {
      this.#stream.stop();
    } catch (error) {
      // What cannot be stopped is gone.
      if (!(error instanceof KsError)) throw error;
    }
  }

  #nextPeriod(): WaitRequest {
    this.#periods++;
    const dueNs = this.#stream.nextPeriodNs ?? this.#dueNs();
    const waitTicks = Math.ceil((dueNs - this.#kernel.clock.now) / NS_PER_TICK);
    return this.#kernel.waitFor(this.#event, waitTicks > 0 ? -waitTicks : 0);
  }

  /** An event restores the patience, whatever it was that woke the thread before. */
  #woken(status: NtStatus): void {
    const { drive, runNs } = this.#stream;
    if (drive === 'timer' || drive === 'irps') return;
    this.#isUncalled = status === STATUS_TIMEOUT;
    if (this.#isUncalled) return;
    this.#periods = 0;
    this.#sinceRunNs = this.#kernel.clock.now - runNs;
  }

  #dueNs(): number {
    const { drive, format, periodFrames, runNs } = this.#stream;
    const isTimed = drive === 'timer';
    const periods = isTimed ? this.#periods : this.#periods + PATIENCE_PERIODS;
    const frames = periods * periodFrames + (isTimed ? this.#lagFrames : 0);
    return runNs + this.#sinceRunNs + timeOfFrame(frames, format.rateHz);
  }
}
