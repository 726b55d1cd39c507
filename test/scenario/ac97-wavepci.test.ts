/**
 * The AC'97 driver on a WavePci port: mappings straight into the descriptor list, or through bounce
 * slots where the engine cannot reach them; heard bit for bit, on our model and on QEMU's device.
 */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { framesIn, timeOfFrame } from '../../src/base/frame-time.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import { StreamRenderClient } from '../../src/client/stream-render.ts';
import type { PhysicalRange } from '../../src/kernel/memory/physical-ranges.ts';
import { PowerDeviceD0, PowerDeviceD3 } from '../../src/kernel/power/power-codes.ts';
import { KSCATEGORY_AUDIO, KSCATEGORY_REALTIME } from '../../src/standards/ks/guids.ts';
import { KSINTERFACE_STANDARD, KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_NO_MATCH } from '../../src/standards/nt/ntstatus.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import { formatOf, type Lab, noise, scenario } from '../../src/testing/index.ts';
import { ac97Facts } from '../support/ac97-facts.ts';
import {
  bootAc97,
  CAPTURE_PIN,
  FIFO_FRAMES,
  PacketBench,
  RENDER_PIN,
  STEREO_48,
} from '../support/ac97-machine.ts';
import {
  type Backend,
  type BackendMachine,
  describeBackends,
  earOf,
  soundOf,
} from '../support/backends.ts';
import { MemorySource } from '../support/hda-machine.ts';
import { heardRuns } from '../support/heard-runs.ts';

const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const RATE_HZ = 48_000;
const ignore = (): void => undefined;

/** All memory within DMA's reach, or none of it that clients get. */
const LOW_RANGES: readonly PhysicalRange[] = [{ base: 0x100_0000, bytes: 40 << 20 }];
const HIGH_RANGES: readonly PhysicalRange[] = [
  { base: 0x100_0000, bytes: 1 << 20 },
  { base: 0x1_0000_0000, bytes: 40 << 20 },
];

const boot = (lab: Lab, backend: Backend, ranges = LOW_RANGES): BackendMachine =>
  bootAc97(lab, backend, 'wavepci', { ranges });

const benchOf = (lab: Lab, backend: Backend, interfaceId?: number): PacketBench =>
  new PacketBench(boot(lab, backend), RENDER_PIN, interfaceId);

/** Noise in packets of so many frames, and the packets that were sent. */
function sendParts(bench: PacketBench, count: number, frames: number) {
  const sound = noise(STEREO_48, count * frames);
  const bytes = 4 * frames;
  const packets = Array.from({ length: count }, (_, index) =>
    bench.write(sound.subarray(index * bytes, (index + 1) * bytes)),
  );
  return { sound, packets };
}

/**
 * Plays noise with a client of its own to the end. How many frames of it were heard in order, and
 * how many bytes the driver stack copied.
 */
function play(machine: BackendMachine, format: PcmFormat, frames: number, packetFrames: number) {
  const sound = noise(format, frames);
  const ear = earOf(machine);
  const { kernel } = machine.machine;
  const filter = machine.openFilter(KSCATEGORY_AUDIO);
  const pin = StreamPin.open(filter, RENDER_PIN, format);
  const client = new StreamRenderClient({
    kernel,
    pin,
    journal: { prime: ignore, send: ignore, stale: ignore, endSending: ignore },
    packetFrames,
    source: new MemorySource(sound, pin.frameBytes),
    untoldDelayNs: () => machine.device.untoldDelayNs ?? 0,
  });
  client.start();
  const isDone = kernel.runUntil(() => client.isDone, machine.machine.now + ms(5_000));
  machine.device.settle();
  pin.close();
  filter.close();
  const heard = soundOf(ear.heard());
  const difference = sound.findIndex((byte, at) => byte !== heard[at]);
  const heardFrames = difference < 0 ? frames : Math.floor(difference / 4);
  const { bytes: copiedBytes, rangeCount } = kernel.memory.copies;
  expect(rangeCount).toBe(0);
  return { isDone, heardFrames, copiedBytes };
}

for (const [name, ranges] of [
  ['within reach of DMA', LOW_RANGES],
  ['above 4 GiB, copied through bounce slots', HIGH_RANGES],
] as const) {
  describeBackends(`a client with packets ${name}`, 'ac97', (backend) => {
    for (const [sampleRate, askedFrames] of [
      [8_000, 77],
      [22_050, 2_205],
      [44_100, 441],
      [48_000, 1_440],
      [48_000, 16_384],
    ] as const) {
      const packetFrames = Math.max(askedFrames, ac97Facts(backend).leastPacketFrames);
      scenario(
        `plays at ${sampleRate} Hz, ${packetFrames} frames each [WPC-HW-008 WPC-GM-005]`,
        (lab) => {
          const frames = Math.max(Math.round(sampleRate * backend.patience), 5 * packetFrames) + 1;
          const format = formatOf({ sampleRate });
          const played = play(boot(lab, backend, ranges), format, frames, packetFrames);
          const copiedBytes = ranges === HIGH_RANGES ? 4 * frames : 0;
          expect(played).toEqual({ isDone: true, heardFrames: frames, copiedBytes });
        },
      );
    }
  });
}

describeBackends('packets at any byte', 'ac97', (backend) => {
  for (const offset of [0, 1, 2, 3, 4_090, 4_093]) {
    scenario(
      `offset ${offset} are rejoined to frames, in order [WPC-HW-002 WPC-HW-004 WPC-HW-005]`,
      (lab) => {
        const facts = ac97Facts(backend);
        const bench = benchOf(lab, backend);
        bench.states(ACQUIRE, PAUSE);
        const sound = noise(STEREO_48, 4_000);
        const sizes = [1, 1, 1, 1, 5_003, 6, 2, 4_091, 3];
        let at = 0;
        const packets = [...sizes, sound.length - sizes.reduce((sum, size) => sum + size)].map(
          (size) => {
            at += size;
            return bench.write(sound.subarray(at - size, at), facts.placeFor(offset, at - size));
          },
        );
        bench.listen();
        bench.states(RUN);
        backend.hearOut(bench.machine);
        bench.machine.runFor(ms(100));
        const runs = heardRuns(bench.ear.heard(), sound);
        expect(runs).toEqual([{ at: facts.delayFrames, from: 0, to: 4_000 }]);
        expect(packets.every((packet) => !packet.isSent)).toBe(true);
        bench.close();
      },
    );
  }
});

describeBackends('a render stream', 'ac97', (backend) => {
  const facts = ac97Facts(backend);
  const { delayFrames } = facts;

  scenario('tells the bytes that were heard, a FIFO behind those that were fetched', (lab) => {
    const bench = benchOf(lab, backend);
    bench.states(ACQUIRE, PAUSE);
    sendParts(bench, 10, 480);
    bench.states(RUN);
    for (const frames of [0, 8, 16, 17, 479, 480, 481, 2_000, 3_600]) {
      const elapsedNs = timeOfFrame(frames, RATE_HZ);
      bench.runTo(elapsedNs);
      const fetched = facts.fetchedFrames(elapsedNs, RATE_HZ);
      expect(bench.playedFrames()).toBe(Math.max(0, fetched - FIFO_FRAMES));
    }
    bench.runTo(ms(120));
    expect(bench.playedFrames()).toBe(4_800);
    bench.states(PAUSE, ACQUIRE, STOP);
    expect(bench.playedFrames()).toBe(0);
    bench.close();
  });

  scenario('gives a packet back when the last of it is fetched, and not before', (lab) => {
    const bench = benchOf(lab, backend);
    bench.states(ACQUIRE, PAUSE);
    const { packets } = sendParts(bench, 4, 1_200);
    bench.states(RUN);
    for (const count of [1, 2, 3, 4]) {
      const backNs = facts.timeOfFetch(1_200 * count, RATE_HZ);
      const isBack = (): boolean[] => packets.map(({ isSent }) => !isSent);
      const expected = packets.map((_, index) => index < count);
      bench.runTo(backNs - 1);
      expect(isBack()).toEqual(packets.map((_, index) => index < count - 1));
      bench.runTo(backNs);
      expect(isBack()).toEqual(expected);
    }
    bench.close();
  });

  scenario('keeps its mappings in a pause, and loses no more than the hardware skips', (lab) => {
    const bench = benchOf(lab, backend);
    bench.states(ACQUIRE, PAUSE);
    const { packets, sound } = sendParts(bench, 4, 960);
    bench.listen();
    bench.states(RUN);
    const start = bench.runNs;
    bench.runTo(ms(20));
    const fetched = facts.fetchedFrames(ms(20), RATE_HZ);
    bench.states(PAUSE);
    const before = packets.map(({ isSent }) => isSent);
    bench.machine.runFor(ms(40));
    expect(packets.map(({ isSent }) => isSent)).toEqual(before);
    expect(bench.playedFrames()).toBe(fetched - FIFO_FRAMES);
    bench.states(RUN);
    const went = bench.playedFrames() + FIFO_FRAMES;
    if (facts.resumesInPlace) expect(went).toBe(fetched);
    else expect(went).toBeGreaterThan(fetched);
    expect(went).toBeLessThanOrEqual(fetched + 960);
    bench.machine.runFor(ms(100));
    backend.hearOut(bench.machine);
    expect(bench.runNs - start).toBe(ms(60));
    const next = facts.hearsPauses ? framesIn(ms(60), RATE_HZ) : fetched;
    expect(heardRuns(bench.ear.heard(), sound)).toEqual([
      { at: delayFrames, from: 0, to: fetched },
      { at: next + delayFrames, from: went, to: 3_840 },
    ]);
    bench.close();
  });

  scenario('is silent without packets, and plays one that comes late at once', (lab) => {
    const bench = benchOf(lab, backend);
    const sound = noise(STEREO_48, 2_400);
    bench.states(ACQUIRE, PAUSE);
    bench.write(sound.subarray(0, 4_800));
    bench.listen();
    bench.states(RUN);
    bench.runTo(ms(50));
    bench.write(sound.subarray(4_800));
    bench.runTo(ms(150));
    const [first, second, ...more] = heardRuns(bench.ear.heard(), sound);
    expect(first).toEqual({ at: delayFrames, from: 0, to: 1_200 });
    expect([second?.from, second?.to, more]).toEqual([1_200, 2_400, []]);
    const lateFrames = (second?.at ?? 0) - 2_400;
    expect(lateFrames).toBeGreaterThanOrEqual(0);
    expect(lateFrames).toBeLessThanOrEqual(facts.mostLateFrames);
    bench.close();
  });

  scenario('goes round a looped buffer', (lab) => {
    const bench = benchOf(lab, backend, KSINTERFACE_STANDARD.LOOPED_STREAMING);
    const sound = noise(STEREO_48, 500);
    bench.states(ACQUIRE, PAUSE);
    bench.write(sound);
    bench.listen();
    bench.states(RUN);
    bench.runTo(ms(100));
    backend.hearOut(bench.machine);
    const heard = soundOf(bench.ear.heard());
    const laps = Uint8Array.from({ length: heard.length }, (_, at) => sound[at % 2_000] ?? 0);
    expect(heard).toEqual(laps);
    expect(heard.length).toBeGreaterThanOrEqual((4_800 - FIFO_FRAMES) * 4);
    bench.states(PAUSE, ACQUIRE, STOP);
    bench.close();
  });

  scenario('starts anew when power comes back, where it was', (lab) => {
    const bench = benchOf(lab, backend);
    bench.states(ACQUIRE, PAUSE);
    const { sound } = sendParts(bench, 4, 960);
    bench.listen();
    bench.states(RUN);
    bench.runTo(ms(25));
    const { machine } = bench.machine;
    machine.kernel.power.setDeviceState(machine.node, PowerDeviceD3);
    bench.machine.runFor(ms(10));
    machine.kernel.power.setDeviceState(machine.node, PowerDeviceD0);
    bench.machine.runFor(ms(120));
    const fetched = facts.fetchedFrames(ms(25), RATE_HZ);
    const [first, second, ...more] = heardRuns(bench.ear.heard(), sound);
    const heardFrames = facts.heardFrames(ms(25), RATE_HZ);
    expect(first).toEqual({ at: delayFrames, from: 0, to: heardFrames });
    expect([second?.from, second?.to, more]).toEqual([fetched - FIFO_FRAMES, 3_840, []]);
    bench.close();
  });
});

describeBackends('a packet that is cancelled', 'ac97', (backend) => {
  const facts = ac97Facts(backend);
  const { delayFrames } = facts;
  const FRAMES = 1_200;
  /** In the second page of the first packet, so that the engine has prefetched the next one. */
  const cancelNs = facts.timeOfFetch(1_100, RATE_HZ);
  const fetched = facts.fetchedFrames(cancelNs, RATE_HZ);
  /** Frames of the first packet that are heard although the engine is reset. */
  const heardFrames = fetched - facts.forgottenFrames;

  function cancelOne(lab: Lab, index: number) {
    const bench = benchOf(lab, backend);
    bench.states(ACQUIRE, PAUSE);
    const { packets, sound } = sendParts(bench, 5, FRAMES);
    bench.listen();
    bench.states(RUN);
    bench.runTo(cancelNs);
    packets[index]?.cancel();
    expect(packets.map(({ isSent }) => isSent)).toEqual([0, 1, 2, 3, 4].map((at) => at !== index));
    bench.machine.runFor(ms(150));
    expect(packets.some(({ isSent }) => isSent)).toBe(false);
    bench.close();
    return heardRuns(bench.ear.heard(), sound);
  }

  scenario('while it waits is left out', (lab) => {
    expect(cancelOne(lab, 3)).toEqual([
      { at: delayFrames, from: 0, to: 3 * FRAMES },
      { at: 3 * FRAMES + delayFrames, from: 4 * FRAMES, to: 5 * FRAMES },
    ]);
  });

  scenario('when it was prefetched costs a reset, and no sound of the one before it', (lab) => {
    const again = fetched - FIFO_FRAMES;
    // The engine is put back by what was in its FIFO, which fills again.
    const at = heardFrames + delayFrames + facts.forgottenFrames;
    expect(cancelOne(lab, 1)).toEqual([
      { at: delayFrames, from: 0, to: heardFrames },
      { at, from: again, to: FRAMES },
      { at: at + FRAMES - again, from: 2 * FRAMES, to: 5 * FRAMES },
    ]);
  });

  scenario('while it is heard ends there, and the next one goes on', (lab) => {
    expect(cancelOne(lab, 0)).toEqual([
      { at: delayFrames, from: 0, to: heardFrames },
      // The FIFO is lost with the packet, and fills again.
      { at: heardFrames + delayFrames + facts.forgottenFrames, from: FRAMES, to: 5 * FRAMES },
    ]);
  });
});

describeBackends('the filter', 'ac97', (backend) => {
  scenario('is no WaveRT filter, and takes stereo only [WPC-HW-010]', (lab) => {
    const machine = boot(lab, backend);
    expect(machine.machine.kernel.interfaces.enumerate(KSCATEGORY_REALTIME)).toEqual([]);
    const filter = machine.openFilter(KSCATEGORY_AUDIO);
    for (const pin of [RENDER_PIN, CAPTURE_PIN]) {
      const { status } = StreamPin.tryOpen(filter, pin, formatOf({ channels: 1 }));
      expect(status).toBe(STATUS_NO_MATCH);
    }
    filter.close();
  });
});
