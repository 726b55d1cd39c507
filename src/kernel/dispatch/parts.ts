/** What the parts of the dispatcher are built from. */
import type { Clock } from '../../sim/clock.ts';
import type { Trace } from '../../sim/trace.ts';
import type { BugCheckRaiser } from '../bug-check.ts';
import type { Irql } from '../irql.ts';
import type { ClockInterrupt } from './clock-interrupt.ts';
import type { KernelTiming } from './timing.ts';

export interface DispatchParts {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly irql: Irql;
  readonly raiser: BugCheckRaiser;
  readonly ticks: ClockInterrupt;
  /** Null on a machine where nothing comes late. */
  readonly timing: KernelTiming | null;
}
