/**
 * When the notification events of a stream arrived, as a waiting thread of the client sees them:
 * an event that is set twice wakes it twice. Registered before RUN and unregistered after STOP, as
 * the documents ask. Source: KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT.
 */
import { defined } from '../base/assert.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import type { BenchStream } from './bench-stream.ts';

const CLIENT_PRIORITY = 24;

export class EventLog {
  /** Nanoseconds of the machine's clock, one for each notification. */
  readonly times: number[] = [];
  /** Called by the client's thread at each notification. */
  notified: (() => void) | null = null;
  readonly #stream: BenchStream;
  readonly #handle: number;
  readonly #event: Kevent;
  #isOver = false;

  /** @throws KsError when the event is not taken */
  constructor(stream: BenchStream) {
    this.#stream = stream;
    const { home, machine } = stream.bench;
    this.#handle = home.process.createEvent('synchronization');
    this.#event = defined(home.process.event(this.#handle), 'event of the client');
    const { pin } = stream;
    pin.check('REGISTER_NOTIFICATION_EVENT', pin.registerNotificationEvent(this.#handle));
    machine.kernel.dispatcher.createThread('notified client', CLIENT_PRIORITY, () => this.#run());
    machine.kernel.dispatcher.runReady();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { home, machine } = this.#stream.bench;
    this.#event.set();
    machine.kernel.dispatcher.runReady();
    this.#stream.pin.unregisterNotificationEvent(this.#handle);
    home.process.closeHandle(this.#handle);
  }

  *#run(): ThreadGenerator {
    const { kernel } = this.#stream.bench.machine;
    while (!this.#isOver) {
      yield kernel.waitFor(this.#event, null);
      if (this.#isOver) return;
      this.times.push(kernel.clock.now);
      this.notified?.();
    }
  }
}
