/**
 * Drivers whose notification events are wrong: one is left out now and then, or set twice, or set
 * when the stream does not run. Everything else of them is right.
 */
import type { DriverModule, Kevent, Wdk } from '../../../src/portcls/ddi/index.ts';
import { KSSTATE } from '../../../src/standards/ks/requests.ts';
import { ntSuccess } from '../../../src/standards/nt/ntstatus.ts';
import { type Bends, bentHdaDriver } from '../../support/bent-hda-driver.ts';

const EVERY = 10;

/** `nth` is called in place of each tenth setting of a client's event. */
function notificationActor(name: string, nth: (set: () => boolean) => boolean): DriverModule {
  const registered = new Set<Kevent>();
  let settings = 0;
  return bentHdaDriver({
    name,
    // Called when the driver is loaded, so each machine begins to count anew.
    wdk: (real) => {
      registered.clear();
      settings = 0;
      return {
        KeSetEvent(event): boolean {
          const set = (): boolean => real.KeSetEvent(event);
          if (!registered.has(event) || ++settings % EVERY !== 0) return set();
          return nth(set);
        },
      };
    },
    stream: (real) => ({
      registerNotificationEvent(event) {
        registered.add(event);
        return real.registerNotificationEvent(event);
      },
      unregisterNotificationEvent(event) {
        registered.delete(event);
        return real.unregisterNotificationEvent(event);
      },
    }),
  });
}

export const missing = notificationActor('missing notification', () => false);

export const doubled = notificationActor('doubled notification', (set) => {
  set();
  return set();
});

/** One more when the stream pauses. */
export const whilePaused = bentHdaDriver({
  name: 'notification while paused',
  stream: pausedSignals,
});

function pausedSignals(
  real: Parameters<NonNullable<Bends['stream']>>[0],
  wdk: Wdk,
): ReturnType<NonNullable<Bends['stream']>> {
  const events = new Set<Kevent>();
  let state: KSSTATE = KSSTATE.STOP;
  return {
    registerNotificationEvent(event) {
      events.add(event);
      return real.registerNotificationEvent(event);
    },
    unregisterNotificationEvent(event) {
      events.delete(event);
      return real.unregisterNotificationEvent(event);
    },
    setState(next) {
      const status = real.setState(next);
      const hasPaused = state === KSSTATE.RUN && next === KSSTATE.PAUSE;
      if (ntSuccess(status)) state = next;
      if (hasPaused) for (const event of events) wdk.KeSetEvent(event);
      return status;
    },
  };
}
