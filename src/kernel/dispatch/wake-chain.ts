/**
 * What happened between a device or a timer and the thread that it woke, step by step: how late
 * the interrupt, the DPC, the tick and the thread came, and how long drivers took in between. A
 * chain goes along with the work: from the line to the service routine, to the DPC it queues, to
 * the thread whose wait the DPC ends. Chains are made once per vector, DPC and thread.
 */
import type { Clock } from '../../sim/clock.ts';
import type { InterruptVector } from '../interrupt-vector.ts';
import type { Kdpc } from './dpc.ts';
import type { Kthread } from './thread.ts';
import type { TimingObserver } from './timing.ts';

/** All in nanoseconds. */
export class WakeChain {
  /** When the device asserted its line, or a timer or wait was meant to end. */
  originNs = 0;
  /** From the time asked for to the tick at which the system saw it. */
  timerLateNs = 0;
  /** From the line to the service routine. */
  interruptLateNs = 0;
  /** From queueing to running, of all DPCs on the way. */
  dpcLateNs = 0;
  /** From the end of a wait to the thread, of all threads on the way. */
  wakeUpLateNs = 0;
  /** What service routines, DPCs and threads on the way took before they handed on. */
  driverNs = 0;
  /** When the last step began. */
  markNs = 0;
  isWaking = false;

  start(originNs: number, now: number): void {
    this.originNs = originNs;
    this.timerLateNs = 0;
    this.interruptLateNs = 0;
    this.dpcLateNs = 0;
    this.wakeUpLateNs = 0;
    this.driverNs = 0;
    this.markNs = now;
  }

  /** Goes on where `other`, whose step runs now, hands on. */
  follow(other: WakeChain, now: number): void {
    this.originNs = other.originNs;
    this.timerLateNs = other.timerLateNs;
    this.interruptLateNs = other.interruptLateNs;
    this.dpcLateNs = other.dpcLateNs;
    this.wakeUpLateNs = other.wakeUpLateNs;
    this.driverNs = other.driverNs + now - other.markNs;
    this.markNs = now;
  }
}

export class WakeChains implements TimingObserver {
  readonly #clock: Clock;
  readonly #vectors = new Map<InterruptVector, WakeChain>();
  readonly #dpcs = new Map<Kdpc, WakeChain>();
  readonly #threads = new Map<Kthread, WakeChain>();
  readonly #timer = new WakeChain();
  /** What `underWay` answers with. */
  readonly #underWay = new WakeChain();
  /** The chains whose steps run now, the innermost last. */
  readonly #running: WakeChain[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How the thread's latest wake-up came about; null when it was never woken. */
  of(thread: Kthread): WakeChain | null {
    return this.#threads.get(thread) ?? null;
  }

  /**
   * The interrupt or DPC that is on its way for longest, as late as it is by now; null when none
   * is. The chain is good until the next call.
   */
  underWay(): WakeChain | null {
    const now = this.#clock.now;
    const answer = this.#underWay;
    answer.originNs = now;
    for (const [vector, chain] of this.#vectors) {
      const isOnItsWay = vector.hold?.isSet === true || (vector.isPending && !vector.isInService);
      if (!isOnItsWay || chain.originNs >= answer.originNs) continue;
      answer.start(chain.originNs, now);
      answer.interruptLateNs = now - chain.originNs;
    }
    for (const [dpc, chain] of this.#dpcs) {
      if (!dpc.isQueued || chain.originNs >= answer.originNs) continue;
      answer.follow(chain, now);
      answer.dpcLateNs += now - chain.markNs;
      answer.driverNs = chain.driverNs;
    }
    return answer.originNs < now ? answer : null;
  }

  lineAsserted(vector: InterruptVector): void {
    const now = this.#clock.now;
    chainOf(this.#vectors, vector).start(now, now);
  }

  serviceBegan(vector: InterruptVector): void {
    const now = this.#clock.now;
    const chain = chainOf(this.#vectors, vector);
    chain.interruptLateNs = now - chain.originNs;
    chain.driverNs = 0;
    chain.markNs = now;
    this.#running.push(chain);
  }

  serviceEnded(): void {
    this.#running.pop();
  }

  timerExpired(askedNs: number): void {
    const now = this.#clock.now;
    this.#timer.start(askedNs, now);
    this.#timer.timerLateNs = Math.max(0, now - askedNs);
    this.#running.push(this.#timer);
  }

  timerHandled(): void {
    this.#running.pop();
  }

  dpcQueued(dpc: Kdpc): void {
    this.#handOn(chainOf(this.#dpcs, dpc));
  }

  dpcBegan(dpc: Kdpc): void {
    const now = this.#clock.now;
    const chain = chainOf(this.#dpcs, dpc);
    chain.dpcLateNs += now - chain.markNs;
    chain.markNs = now;
    this.#running.push(chain);
  }

  dpcEnded(): void {
    this.#running.pop();
  }

  threadWoken(thread: Kthread): void {
    const chain = chainOf(this.#threads, thread);
    const { askedNs, due } = thread.request;
    const isTimedOut = due !== null && (thread.request.object === null || thread.wait.isTimedOut);
    if (isTimedOut) {
      chain.start(askedNs, this.#clock.now);
      chain.timerLateNs = Math.max(0, this.#clock.now - askedNs);
    } else {
      this.#handOn(chain);
    }
    chain.isWaking = true;
  }

  threadBegan(thread: Kthread): void {
    const chain = chainOf(this.#threads, thread);
    const now = this.#clock.now;
    if (!chain.isWaking) chain.start(now, now);
    chain.isWaking = false;
    chain.wakeUpLateNs += now - chain.markNs;
    chain.markNs = now;
    this.#running.push(chain);
  }

  threadEnded(): void {
    this.#running.pop();
  }

  /** `chain` goes on from what runs now; what nothing caused starts by itself. */
  #handOn(chain: WakeChain): void {
    const now = this.#clock.now;
    const running = this.#running.at(-1);
    if (running === undefined) chain.start(now, now);
    else chain.follow(running, now);
  }
}

function chainOf<Key>(chains: Map<Key, WakeChain>, key: Key): WakeChain {
  let chain = chains.get(key);
  if (chain === undefined) {
    chain = new WakeChain();
    chains.set(key, chain);
  }
  return chain;
}
