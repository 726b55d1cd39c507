/**
 * KEVENT. A notification event stays set until it is reset and lets every waiter go; a
 * synchronization event lets one waiter go and resets itself.
 */
import type { Trace } from '../../sim/trace.ts';
import { DispatcherObject } from './dispatcher-object.ts';

/** EVENT_TYPE, and TIMER_TYPE too: NotificationEvent is 0, SynchronizationEvent 1. */
export type SignalType = 'notification' | 'synchronization';

export class Kevent extends DispatcherObject {
  /** Handles and pointers that keep the event alive, counted by the object manager. */
  references = 0;

  constructor(trace: Trace, name: string, type: SignalType, isSet = false) {
    super(trace, name, type === 'synchronization');
    this.isSignalled = isSet;
  }

  /** KeSetEvent: sets the event and tells whether it was set before. IRQL <= DISPATCH_LEVEL. */
  set(): boolean {
    const wasSet = this.isSignalled;
    this.signal();
    return wasSet;
  }

  /** KeResetEvent: clears the event and tells whether it was set. IRQL <= DISPATCH_LEVEL. */
  reset(): boolean {
    const wasSet = this.isSignalled;
    this.isSignalled = false;
    return wasSet;
  }

  /** KeClearEvent: clears the event. IRQL <= DISPATCH_LEVEL. */
  clear(): void {
    this.isSignalled = false;
  }

  /** KeReadStateEvent. IRQL <= DISPATCH_LEVEL. */
  get isSet(): boolean {
    return this.isSignalled;
  }
}
