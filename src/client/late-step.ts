/**
 * Which step of a wake-up came late: the interrupt, the DPC, the tick, the thread, the driver on
 * the way, or whoever was woken. A machine that records its wake-ups tells; it is asked only when
 * something was lost, and its answer is the step that took longest.
 */
import type { WakeChain } from '../kernel/dispatch/wake-chain.ts';
import type { Kernel } from '../kernel/kernel.ts';

export type GlitchReason =
  | 'client late'
  | 'wake-up late'
  | 'DPC late'
  | 'ISR late'
  | 'FIFO empty'
  | 're-arm late'
  | 'driver'
  | 'drift';

/** Nanoseconds that each step took beyond what it should; they are what the cause is judged by. */
export interface GlitchSteps {
  readonly interruptNs: number;
  readonly dpcNs: number;
  /** From the time asked for to the tick at which the system saw it. */
  readonly timerNs: number;
  readonly threadNs: number;
  /** The driver's own time on the way, and what it reported the position too low by. */
  readonly driverNs: number;
  /** How much earlier the device came than its nominal rate says, since the position was read. */
  readonly driftNs: number;
  /** The client's own time, from running to writing. */
  readonly clientNs: number;
}

/** What is known of the steps up to now beyond the chain itself. */
export interface OtherSteps {
  readonly lowNs: number;
  readonly driftNs: number;
}

const NO_OTHERS: OtherSteps = { lowNs: 0, driftNs: 0 };

/** The steps of a wake-up whose work was done at `doneNs`. */
export function stepsOf(
  chain: WakeChain | null,
  doneNs: number,
  { driftNs, lowNs }: OtherSteps = NO_OTHERS,
): GlitchSteps {
  return {
    interruptNs: chain?.interruptLateNs ?? 0,
    dpcNs: chain?.dpcLateNs ?? 0,
    timerNs: chain?.timerLateNs ?? 0,
    threadNs: chain?.wakeUpLateNs ?? 0,
    driverNs: (chain?.driverNs ?? 0) + lowNs,
    driftNs: Math.max(0, driftNs),
    clientNs: chain === null ? 0 : doneNs - chain.markNs,
  };
}

/** The step that took longest; when none took any time, the client asked for too little of it. */
export function longestStep(steps: GlitchSteps): GlitchReason {
  const candidates: readonly (readonly [GlitchReason, number])[] = [
    ['ISR late', steps.interruptNs],
    ['DPC late', steps.dpcNs],
    ['wake-up late', steps.timerNs + steps.threadNs],
    ['driver', steps.driverNs],
    ['drift', steps.driftNs],
    ['client late', steps.clientNs],
  ];
  let cause: GlitchReason = 'client late';
  let mostNs = 0;
  for (const [reason, ns] of candidates) {
    if (ns <= mostNs) continue;
    cause = reason;
    mostNs = ns;
  }
  return cause;
}

/**
 * Why the thread that runs now comes `lateNs` too late. One that was due only after the deadline
 * was not held up itself; but what should have woken it before may still be on its way. Null on a
 * machine that does not record its wake-ups.
 */
export function whyLate(kernel: Kernel, lateNs: number): GlitchReason | null {
  const chains = kernel.timing?.wakeChains ?? null;
  if (chains === null) return null;
  const now = kernel.clock.now;
  const deadlineNs = now - lateNs;
  const thread = kernel.dispatcher.currentThread;
  const chain = thread === null ? null : chains.of(thread);
  const isHeldUp = chain !== null && chain.originNs < deadlineNs;
  const reason = isHeldUp ? longestStep(stepsOf(chain, now)) : 'client late';
  if (reason !== 'client late') return reason;
  const underWay = chains.underWay();
  if (underWay === null || underWay.originNs >= deadlineNs) return 'client late';
  return longestStep(stepsOf(underWay, underWay.markNs));
}
