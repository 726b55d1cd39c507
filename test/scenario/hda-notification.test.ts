/** Notification through the HD Audio driver: interrupts at packet ends become events of clients. */
import { describe, expect } from 'vitest';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_FOUND,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { formatOf, scenario, TestCapture } from '../../src/testing/index.ts';
import { type Backend, describeBackends } from '../support/backends.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { bootHda, type HdaMachine, MS } from '../support/hda-machine.ts';

/** 16-bit stereo at 48 kHz. */
const BYTES_PER_MS = 192;
const RENDER_PIN = 0;
const CAPTURE_PIN = 2;
const DIRECTIONS = [
  ['render', RENDER_PIN],
  ['capture', CAPTURE_PIN],
] as const;

/** A stream with a 20 ms buffer, and an event that counts how often it was set. */
function notifying(machine: HdaMachine, pin: number, notificationCount = 2, bufferMs = 20) {
  const stream = TestCapture.open(machine, { pin, notificationCount, bufferMs });
  const { process } = machine.client;
  const handle = process.createEvent('synchronization');
  expect(stream.pin.registerNotificationEvent(handle)).toBe(STATUS_SUCCESS);
  const take = (): boolean => process.event(handle)?.tryTake() ?? false;
  /** The milliseconds at whose end the event was found set. */
  const listen = (forMs: number): number[] => {
    const found: number[] = [];
    for (let at = 1; at <= forMs; at++) {
      machine.runFor(MS);
      if (take()) found.push(at);
    }
    return found;
  };
  const close = (): void => {
    expect(stream.pin.unregisterNotificationEvent(handle)).toBe(STATUS_SUCCESS);
    process.closeHandle(handle);
    stream.close();
  };
  return { machine, stream, handle, take, listen, close };
}

/**
 * Milliseconds from RUN at which packets of `packetMs` are over, held against those found: never
 * later than the sound needs, and earlier by no more than the backend's lead; where it has none,
 * both are the same.
 */
function expectPackets(backend: Backend, found: readonly number[], packetMs: number, late: number) {
  const { leadBytes, lagMs } = hdaFacts(backend);
  const leadMs = leadBytes / BYTES_PER_MS;
  found.forEach((at, index) => {
    const due = (index + 1) * packetMs + late;
    expect(at).toBeLessThanOrEqual(due + (late > 0 ? lagMs : 0));
    expect(at).toBeGreaterThanOrEqual(due - leadMs);
  });
}

describeBackends('a stream that notifies', 'hda', (backend) => {
  const { lagMs, leadBytes } = hdaFacts(backend);
  for (const [direction, pin] of DIRECTIONS) {
    for (const count of [1, 2]) {
      scenario(
        `sets a ${direction} event ${count} times per pass, in RUN alone [WRT-NTF-008 WRT-NTF-017 WRT-NTF-019]`,
        (lab) => {
          const { close, listen, stream } = notifying(backend.boot(lab), pin, count);
          expect(stream.buffer.actualBytes).toBe(3840);
          expect(stream.pin.queryNotificationSupport()).toBe(true);
          stream.setState(KSSTATE.PAUSE);
          expect(listen(50)).toEqual([]);
          stream.setState(KSSTATE.RUN);
          // A packet is through memory at its end; a captured one a FIFO later.
          const late = direction === 'capture' ? 1 : 0;
          const packetMs = 20 / count;
          const found = listen(100);
          expectPackets(backend, found, packetMs, late);
          const lead = direction === 'capture' ? 0 : leadBytes / BYTES_PER_MS;
          const lag = direction === 'capture' ? lagMs : 0;
          expect(found.length).toBeGreaterThanOrEqual(Math.floor((100 - late - lag) / packetMs));
          expect(found.length).toBeLessThanOrEqual(Math.floor((100 - late + lead) / packetMs));
          stream.setState(KSSTATE.PAUSE);
          expect(listen(50)).toEqual([]);
          stream.setState(KSSTATE.RUN);
          expect(listen(30).length).toBeGreaterThan(0);
          stream.setState(KSSTATE.STOP);
          expect(listen(50)).toEqual([]);
          close();
        },
      );
    }
  }

  scenario(
    'sets every registered event, each once a packet, and none twice [WRT-NTF-017 WRT-NTF-022]',
    (lab) => {
      const machine = backend.boot(lab);
      const { close, handle, listen, stream } = notifying(machine, RENDER_PIN);
      const { process } = machine.client;
      const second = process.createEvent('synchronization');
      expect(stream.pin.registerNotificationEvent(second)).toBe(STATUS_SUCCESS);
      expect(stream.pin.registerNotificationEvent(handle)).toBe(STATUS_UNSUCCESSFUL);
      const heardPackets = (): number => {
        stream.setState(KSSTATE.RUN);
        const found = listen(30);
        expectPackets(backend, found, 10, 0);
        expect(found.length).toBeGreaterThanOrEqual(3);
        return found.length;
      };
      const packets = heardPackets();
      expect(process.event(second)?.tryTake()).toBe(true);
      stream.setState(KSSTATE.STOP);
      expect(stream.pin.unregisterNotificationEvent(second)).toBe(STATUS_SUCCESS);
      expect(stream.pin.unregisterNotificationEvent(second)).toBe(STATUS_NOT_FOUND);
      expect(heardPackets()).toBe(packets);
      expect(process.event(second)?.tryTake()).toBe(false);
      stream.setState(KSSTATE.STOP);
      process.closeHandle(second);
      close();
    },
  );

  scenario(
    'counts a packet for each event, in RUN alone and on after a pause [WRT-NTF-019 WRT-PKT-020 WRT-PKT-021]',
    (lab) => {
      const machine = backend.boot(lab);
      const { close, listen, stream } = notifying(machine, RENDER_PIN, 2, 200);
      const count = (): number => stream.pin.tryPacketCount().count;
      let events = 0;
      // Every pause comes in an even packet, so that an engine that begins anew does so in one too.
      for (const [state, forMs] of [
        [KSSTATE.RUN, 250],
        [KSSTATE.PAUSE, 150],
        [KSSTATE.RUN, 240],
        [KSSTATE.PAUSE, 30],
        [KSSTATE.RUN, 300],
      ] as const) {
        stream.setState(state);
        const heard = listen(forMs).length;
        events += heard;
        expect(count()).toBe(events);
        if (state === KSSTATE.PAUSE) expect(heard).toBe(0);
        else expect(heard).toBeGreaterThanOrEqual(Math.floor(forMs / 100));
      }
      stream.setState(KSSTATE.STOP);
      expect(count()).toBe(0);
      close();
    },
  );
});

describe('a stream that notifies, and another', () => {
  scenario('makes packets of whole frames and whole 128 bytes at any rate [WRT-NTF-008]', (lab) => {
    const machine = bootHda(lab);
    for (const [sampleRate, channels, bytes] of [
      [44_100, 2, 3584],
      [11_025, 1, 512],
      [192_000, 8, 61_440],
    ] as const) {
      const options = { pin: RENDER_PIN, sampleRate, channels, notificationCount: 2 };
      const stream = TestCapture.open(machine, { ...options, bufferMs: 20 });
      expect(stream.buffer.actualBytes).toBe(bytes);
      expect(stream.buffer.callMemoryBarrier).toBe(true);
      stream.close();
    }
  });

  scenario('serves two streams at once, each with its own packets', (lab) => {
    const machine = bootHda(lab);
    const { close, listen, stream } = notifying(machine, RENDER_PIN);
    const capture = TestCapture.open(machine, { notificationCount: 1, bufferMs: 40 });
    const { process } = machine.client;
    const captured = process.createEvent('synchronization');
    capture.pin.registerNotificationEvent(captured);
    // The way to PAUSE takes time, from there to RUN it takes none.
    for (const state of [KSSTATE.PAUSE, KSSTATE.RUN]) {
      capture.setState(state);
      stream.setState(state);
    }
    expect(listen(40)).toEqual([10, 20, 30, 40]);
    expect(process.event(captured)?.tryTake()).toBe(false);
    machine.runFor(MS);
    expect(process.event(captured)?.tryTake()).toBe(true);
    // The one that stopped is left alone by the interrupts of the other.
    capture.setState(KSSTATE.STOP);
    expect(listen(30).length).toBe(3);
    expect(process.event(captured)?.tryTake()).toBe(false);
    stream.setState(KSSTATE.STOP);
    capture.pin.unregisterNotificationEvent(captured);
    process.closeHandle(captured);
    capture.close();
    close();
  });
});

describeBackends('a stream that does not notify', 'hda', (backend) => {
  scenario('interrupts nobody, and takes no event [WRT-NTF-009 WRT-HWL-005]', (lab) => {
    const machine = backend.boot(lab);
    const stream = TestCapture.open(machine, { pin: RENDER_PIN, bufferMs: 20 });
    const { process } = machine.client;
    const handle = process.createEvent('synchronization');
    expect(stream.pin.registerNotificationEvent(handle)).toBe(STATUS_NOT_SUPPORTED);
    stream.setState(KSSTATE.RUN);
    const before = machine.machine.interruptsDelivered;
    machine.runFor(100 * MS);
    expect(machine.machine.interruptsDelivered).toBe(before);
    process.closeHandle(handle);
    stream.close();
  });

  scenario('is what a count other than 1 and 2 leaves [WRT-NTF-005]', (lab) => {
    const machine = backend.boot(lab);
    machine.expectFinding(/notifications per buffer/);
    const filter = machine.openFilter();
    const pin = filter.openPin(RENDER_PIN, formatOf({}));
    for (const count of [0, 3]) {
      const { status } = pin.tryAllocateBufferWithNotification(3840, count);
      expect(status).toBe(STATUS_INVALID_PARAMETER);
    }
    pin.close();
    filter.close();
  });
});
