/**
 * How late things come on this machine, and who watches. Delays stand for what a real processor
 * does in between (other interrupts, other DPCs, other threads, sleep states). They exist, and
 * cost something, only on a machine that is configured to have them.
 */
import { type DelayShape, DelaySource } from '../../sim/delay.ts';
import type { Random } from '../../sim/random.ts';
import type { InterruptVector } from '../interrupt-vector.ts';
import type { Kdpc } from './dpc.ts';
import type { Kthread } from './thread.ts';
import type { WakeChains } from './wake-chain.ts';

export interface KernelTimingConfig {
  /** Units of 100 ns between two ticks of the system clock; without ticks, exact, if absent. */
  readonly timerResolution100ns?: number;
  /** From the assertion of an idle line to the start of its service routines. */
  readonly interruptDelay?: DelayShape;
  /** From the first DPC in an empty queue to the start of the queue. */
  readonly dpcDelay?: DelayShape;
  /** From the end of a thread's wait to the thread. */
  readonly wakeUpDelay?: DelayShape;
}

/** Told of each step from a device or a timer to a thread, in the order they happen. */
export interface TimingObserver {
  lineAsserted(vector: InterruptVector): void;
  serviceBegan(vector: InterruptVector): void;
  serviceEnded(): void;
  /** A timer asked for at `askedNs` is seen to be due, and queues the DPC of its expiry. */
  timerExpired(askedNs: number): void;
  timerHandled(): void;
  dpcQueued(dpc: Kdpc): void;
  dpcBegan(dpc: Kdpc): void;
  dpcEnded(): void;
  threadWoken(thread: Kthread): void;
  threadBegan(thread: Kthread): void;
  threadEnded(): void;
}

export class KernelTiming {
  readonly interruptDelay: DelaySource;
  readonly dpcDelay: DelaySource;
  readonly wakeUpDelay: DelaySource;
  observer: TimingObserver | null = null;
  /** Of those who are told, the one that keeps how each wake-up came about. */
  wakeChains: WakeChains | null = null;
  /** When the last of what is on its way arrives, or arrived. */
  lastArrivalNs = 0;

  /** @throws Error on an odd delay */
  constructor(random: Random, config: KernelTimingConfig) {
    this.interruptDelay = new DelaySource('interruptDelay', random, config.interruptDelay);
    this.dpcDelay = new DelaySource('dpcDelay', random, config.dpcDelay);
    this.wakeUpDelay = new DelaySource('wakeUpDelay', random, config.wakeUpDelay);
  }

  /** When what is sent on its way at `nowNs` arrives: at once, or after a delay of `source`. */
  arrivalOf(source: DelaySource, nowNs: number): number {
    const arrivalNs = nowNs + source.next();
    if (arrivalNs > this.lastArrivalNs) this.lastArrivalNs = arrivalNs;
    return arrivalNs;
  }

  /** Nothing is late from now on. */
  turnOff(): void {
    this.interruptDelay.turnOff();
    this.dpcDelay.turnOff();
    this.wakeUpDelay.turnOff();
  }
}
