/**
 * What the headers of captured packets tell of time: when the first byte was taken, how long they
 * sound, and where sound was lost before them, on both ports that take stream packets.
 */
import { expect } from 'vitest';
import { Out } from '../../src/base/out.ts';
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import { WavePciPin } from '../../src/portcls/wavepci/wavepci-pin.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../src/standards/ks/stream-packets.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { noise, scenario } from '../../src/testing/index.ts';
import {
  bootAc97,
  CAPTURE_PIN,
  MS,
  PacketBench,
  RENDER_PIN,
  STEREO_48,
} from '../support/ac97-machine.ts';
import { type Backend, type BackendMachine, describeBackends } from '../support/backends.ts';

const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const { DATADISCONTINUITY, DURATIONVALID, TIMEVALID } = KSSTREAM_HEADER_OPTIONSF;
const IS_TIMED = TIMEVALID | DURATIONVALID;
const TICKS_PER_MS = 10_000;
const PACKET_MS = 10;
const PACKET_TICKS = PACKET_MS * TICKS_PER_MS;
const PACKET_BYTES = (PACKET_MS * STEREO_48.rateHz * 4) / 1000;
/** Packets that are sent before RUN. */
const COUNT = 3;

interface Stamp {
  readonly options: number;
  readonly time: number;
  readonly duration: number;
}

const stampOf = ({ duration, options, presentationTime }: StreamPacket): Stamp => ({
  options,
  time: presentationTime,
  duration,
});

/** A packet that goes on where the others ended. */
const inOrder = (index: number): Stamp => ({
  options: IS_TIMED,
  time: index * PACKET_TICKS,
  duration: PACKET_TICKS,
});

const indices = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

for (const port of ['wavepci', 'wavecyclic'] as const) {
  describeBackends(`packets that are recorded over ${port}`, 'ac97', (backend) => {
    const record = (machine: BackendMachine): { bench: PacketBench; packets: StreamPacket[] } => {
      const bench = new PacketBench(machine, CAPTURE_PIN);
      bench.states(ACQUIRE, PAUSE);
      const packets = indices(COUNT).map(() => bench.read(PACKET_BYTES));
      bench.states(RUN);
      return { bench, packets };
    };
    const boot = (lab: Parameters<Backend['boot']>[0]): BackendMachine =>
      bootAc97(lab, backend, port);

    scenario('tell when they were taken, and how long they sound [PCL-KS-007]', (lab) => {
      const machine = boot(lab);
      const { bench, packets } = record(machine);
      const { kernel } = machine.machine;
      const stamps: Stamp[] = [];
      /** Each is sent again as soon as it is back, so that the device always has another. */
      const takeUntil = (count: number): void => {
        while (stamps.length < count) {
          const packet = packets[stamps.length % COUNT];
          kernel.runUntil(() => packet?.isSent === false, machine.machine.now + 500 * MS);
          if (packet !== undefined) stamps.push(stampOf(packet));
          packet?.read();
        }
      };
      takeUntil(2 * COUNT);
      expect(stamps).toEqual(indices(2 * COUNT).map(inOrder));
      // A pause is no time of the stream, and a packet that it ends is shorter.
      bench.runTo(machine.machine.now - bench.runNs + 5 * MS);
      bench.states(PAUSE);
      machine.runFor(50 * MS);
      bench.states(RUN);
      takeUntil(3 * COUNT);
      for (const [index, { duration, options, time }] of stamps.entries()) {
        expect([index, options]).toEqual([index, IS_TIMED]);
        const next = stamps[index + 1];
        // Both are rounded down to whole units.
        if (next !== undefined) expect(Math.abs(next.time - time - duration)).toBeLessThan(2);
      }
      const isShort = stamps.some(({ duration }) => duration < PACKET_TICKS);
      expect(isShort).toBe(port === 'wavepci');
      bench.states(PAUSE, ACQUIRE, STOP);
      bench.close();
    });

    scenario('tell of sound that was lost before them, and no others do [PCL-KS-008]', (lab) => {
      const machine = boot(lab);
      const { bench, packets } = record(machine);
      const isBack = (): boolean => packets.every(({ isSent }) => !isSent);
      machine.machine.kernel.runUntil(isBack, machine.machine.now + 500 * MS);
      const dryMs = 300;
      bench.runTo(machine.machine.now - bench.runNs + dryMs * MS);
      const late = indices(COUNT).map(() => bench.read(PACKET_BYTES));
      const isLateBack = (): boolean => late.every(({ isSent }) => !isSent);
      machine.machine.kernel.runUntil(isLateBack, machine.machine.now + 500 * MS);
      expect(packets.map(stampOf)).toEqual(indices(COUNT).map(inOrder));
      const [first, ...others] = late.map(stampOf);
      expect(first?.options).toBe((IS_TIMED | DATADISCONTINUITY) >>> 0);
      const lostTicks = (first?.time ?? 0) - COUNT * PACKET_TICKS;
      // The cyclic buffer of WaveCyclic holds 100 ms, of which one interval is left out.
      const keptMs = port === 'wavecyclic' ? 90 : 0;
      expect(Math.abs(lostTicks / TICKS_PER_MS - (dryMs - keptMs))).toBeLessThan(1.5 * PACKET_MS);
      expect(others).toEqual(
        others.map((_, index) => {
          const { options, time, duration } = inOrder(COUNT + 1 + index);
          return { options, duration, time: time + lostTicks };
        }),
      );
      bench.states(PAUSE, ACQUIRE, STOP);
      bench.close();
    });

    scenario('lose nothing in a pause, in which there is nothing to record into', (lab) => {
      const machine = boot(lab);
      const bench = new PacketBench(machine, CAPTURE_PIN);
      bench.states(ACQUIRE, PAUSE);
      const first = bench.read(PACKET_BYTES);
      bench.states(RUN);
      machine.runFor(5 * MS);
      bench.states(PAUSE);
      machine.runFor(50 * MS);
      const second = bench.read(PACKET_BYTES);
      bench.states(RUN);
      machine.runFor(60 * MS);
      const [before, after] = [stampOf(first), stampOf(second)];
      expect([before.options, after.options]).toEqual([IS_TIMED, IS_TIMED]);
      expect(before.time).toBe(0);
      expect(before.duration < PACKET_TICKS).toBe(port === 'wavepci');
      expect(Math.abs(after.time - before.duration)).toBeLessThan(2);
      bench.states(PAUSE, ACQUIRE, STOP);
      bench.close();
    });

    scenario('and are sent again in no time lose nothing, though none was under way', (lab) => {
      const machine = boot(lab);
      const bench = new PacketBench(machine, CAPTURE_PIN);
      const stamps: Stamp[] = [];
      bench.states(ACQUIRE, PAUSE);
      bench.read(PACKET_BYTES, 0, (packet) => {
        stamps.push(stampOf(packet));
        if (stamps.length < COUNT) packet.read();
      });
      bench.states(RUN);
      machine.machine.kernel.runUntil(
        () => stamps.length === COUNT,
        machine.machine.now + 900 * MS,
      );
      expect(stamps).toEqual(indices(COUNT).map(inOrder));
      bench.states(PAUSE, ACQUIRE, STOP);
      bench.close();
    });
  });
}

describeBackends('a WavePci stream of the AC’97 driver', 'ac97', (backend) => {
  for (const pinId of [RENDER_PIN, CAPTURE_PIN]) {
    scenario(
      `pin ${pinId} makes 100 ns units of bytes, far beyond 32 bits, at any level ` +
        '[WPC-POS-007 WPC-POS-008 WPC-IRQL-012]',
      (lab) => {
        const machine = bootAc97(lab, backend, 'wavepci');
        const bench = new PacketBench(machine, pinId);
        const [pin] = machine.machine.portClass.openPins;
        if (!(pin instanceof WavePciPin)) throw new Error('no WavePci pin is open');
        const { irql } = machine.machine.kernel;
        for (const level of [0, 1, 2, 11, 15]) {
          const old = irql.raise(level);
          const ticksOf = (bytes: number): number => {
            const value = new Out(bytes);
            // As the port calls it: behind the check of the level.
            expect(pin.stream.normalizePhysicalPosition(value)).toBe(STATUS_SUCCESS);
            return value.value;
          };
          expect(ticksOf(0)).toBe(0);
          expect(ticksOf(192_000)).toBe(10_000_000);
          expect(ticksOf(2 ** 40)).toBe(Number((2n ** 40n * 10_000_000n) / 192_000n));
          expect(ticksOf(2 ** 50)).toBe(Number((2n ** 50n * 10_000_000n) / 192_000n));
          irql.lower(old);
        }
        bench.close();
      },
    );
  }

  scenario('wishes for whole frames at whole words, which spare copies [WPC-ALF-001]', (lab) => {
    const ranges = [{ base: 0x100_0000, bytes: 40 << 20 }];
    const machine = bootAc97(lab, backend, 'wavepci', { ranges });
    const bench = new PacketBench(machine, RENDER_PIN);
    const { memory } = machine.machine.kernel;
    const { FileAlignment, Frames, FrameSize, Reserved } = bench.pin.allocatorFraming();
    expect([Frames, FrameSize, Reserved]).toEqual([0, 0, 0]);
    const sound = noise(STEREO_48, 480);
    const copiedAt = (offset: number): number => {
      const before = memory.copies.bytes;
      bench.states(ACQUIRE, PAUSE);
      bench.write(sound, offset);
      bench.states(RUN, PAUSE, ACQUIRE, STOP);
      return memory.copies.bytes - before;
    };
    expect(copiedAt(FileAlignment + 1)).toBe(0);
    expect(copiedAt(FileAlignment)).toBe(sound.length);
    bench.close();
  });
});
