/** Notification through the HD Audio driver: interrupts at packet ends become events of clients. */
import { describe, expect } from 'vitest';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import { type DeviceSlot, HdaController } from '../../src/hardware/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_FOUND,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario, TestCapture } from '../../src/testing/index.ts';

const MS = 1_000_000;
const RENDER_PIN = 0;
const CAPTURE_PIN = 2;
const hda = { device: (slot: DeviceSlot) => new HdaController(slot), driver: hdaDriver };
const DIRECTIONS = [
  ['render', RENDER_PIN],
  ['capture', CAPTURE_PIN],
] as const;

/** A stream with a 20 ms buffer, and an event that counts how often it was set. */
function notifying(lab: Lab, pin: number, notificationCount = 2, bufferMs = 20) {
  const machine = lab.boot(hda);
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

describe('a stream that notifies', () => {
  for (const [direction, pin] of DIRECTIONS) {
    for (const count of [1, 2]) {
      scenario(
        `sets a ${direction} event ${count} times per pass, in RUN alone [WRT-NTF-008 WRT-NTF-017 WRT-NTF-019]`,
        (lab) => {
          const { close, listen, stream } = notifying(lab, pin, count);
          expect(stream.buffer.actualBytes).toBe(3840);
          expect(stream.pin.queryNotificationSupport()).toBe(true);
          stream.setState(KSSTATE.PAUSE);
          expect(listen(50)).toEqual([]);
          stream.setState(KSSTATE.RUN);
          // A packet is through memory at its end; a captured one a FIFO later.
          const late = direction === 'capture' ? 1 : 0;
          const packetMs = 20 / count;
          const expected = [];
          for (let at = packetMs + late; at <= 100; at += packetMs) expected.push(at);
          expect(listen(100)).toEqual(expected);
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

  scenario('makes packets of whole frames and whole 128 bytes at any rate [WRT-NTF-008]', (lab) => {
    const machine = lab.boot(hda);
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

  scenario(
    'sets every registered event, each once a packet, and none twice [WRT-NTF-017 WRT-NTF-022]',
    (lab) => {
      const { close, handle, listen, machine, stream } = notifying(lab, RENDER_PIN);
      const { process } = machine.client;
      const second = process.createEvent('synchronization');
      expect(stream.pin.registerNotificationEvent(second)).toBe(STATUS_SUCCESS);
      expect(stream.pin.registerNotificationEvent(handle)).toBe(STATUS_UNSUCCESSFUL);
      stream.setState(KSSTATE.RUN);
      expect(listen(30)).toEqual([10, 20, 30]);
      expect(process.event(second)?.tryTake()).toBe(true);
      stream.setState(KSSTATE.STOP);
      expect(stream.pin.unregisterNotificationEvent(second)).toBe(STATUS_SUCCESS);
      expect(stream.pin.unregisterNotificationEvent(second)).toBe(STATUS_NOT_FOUND);
      stream.setState(KSSTATE.RUN);
      expect(listen(30)).toEqual([10, 20, 30]);
      expect(process.event(second)?.tryTake()).toBe(false);
      stream.setState(KSSTATE.STOP);
      process.closeHandle(second);
      close();
    },
  );

  scenario('serves two streams at once, each with its own packets', (lab) => {
    const { close, listen, machine, stream } = notifying(lab, RENDER_PIN);
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

describe('a stream that does not notify', () => {
  scenario('interrupts nobody, and takes no event [WRT-NTF-009 WRT-HWL-005]', (lab) => {
    const machine = lab.boot(hda);
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
    const machine = lab.boot(hda);
    machine.expectFinding(/notifications per buffer/);
    const filter = machine.openFilter();
    const pin = filter.openPin(RENDER_PIN, {
      rateHz: 48_000,
      channels: 2,
      validBits: 16,
      containerBits: 16,
      float: false,
      channelMask: 3,
    });
    for (const count of [0, 3]) {
      const { status } = pin.tryAllocateBufferWithNotification(3840, count);
      expect(status).toBe(STATUS_INVALID_PARAMETER);
    }
    pin.close();
    filter.close();
  });
});
