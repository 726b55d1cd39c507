/** Two observers of a machine's timing, where more than one part wants to be told of each step. */
import type { TimingObserver } from '../kernel/dispatch/timing.ts';

/** Tells `first`, and then `second`. */
export function bothObservers(first: TimingObserver, second: TimingObserver): TimingObserver {
  return {
    lineAsserted(vector) {
      first.lineAsserted(vector);
      second.lineAsserted(vector);
    },
    serviceBegan(vector) {
      first.serviceBegan(vector);
      second.serviceBegan(vector);
    },
    serviceEnded() {
      first.serviceEnded();
      second.serviceEnded();
    },
    timerExpired(askedNs) {
      first.timerExpired(askedNs);
      second.timerExpired(askedNs);
    },
    timerHandled() {
      first.timerHandled();
      second.timerHandled();
    },
    dpcQueued(dpc) {
      first.dpcQueued(dpc);
      second.dpcQueued(dpc);
    },
    dpcBegan(dpc) {
      first.dpcBegan(dpc);
      second.dpcBegan(dpc);
    },
    dpcEnded() {
      first.dpcEnded();
      second.dpcEnded();
    },
    threadWoken(thread) {
      first.threadWoken(thread);
      second.threadWoken(thread);
    },
    threadBegan(thread) {
      first.threadBegan(thread);
      second.threadBegan(thread);
    },
    threadEnded() {
      first.threadEnded();
      second.threadEnded();
    },
  };
}
