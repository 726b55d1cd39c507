/**
 * The AC'97 driver on a WaveCyclic port, and all three ports in the hands of one session, on our
 * model and on QEMU's device.
 */
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { framesIn, timeOfFrame } from '../../src/base/frame-time.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import { PowerDeviceD0, PowerDeviceD3 } from '../../src/kernel/power/power-codes.ts';
import { type DeviceKind, deviceKind } from '../../src/machine/devices.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import { RecordSession } from '../../src/machine/record-session.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_NO_MATCH } from '../../src/standards/nt/ntstatus.ts';
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
import { type Backend, describeBackends } from '../support/backends.ts';
import { heardRuns } from '../support/heard-runs.ts';
import { recordingOf } from '../support/recording.ts';

const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const RATE_HZ = 48_000;
const NOTIFICATION_FRAMES = 480;
const STARVED_FRAMES = 2_400;

for (const port of ['wavert', 'wavepci', 'wavecyclic'] as const) {
  describeBackends(`over a ${port} port`, 'ac97', (backend) => {
    const { kind, patience } = backend;
    const { leastCyclicRateHz } = ac97Facts(backend);
    const leastRateHz = port === 'wavecyclic' ? leastCyclicRateHz : 0;
    const rates = [8_000, 22_050, 32_000, 44_100, 48_000].filter((hz) => hz >= leastRateHz);

    it.each(rates)('%i Hz is played bit for bit', (sampleRate) => {
      const file = recordingOf({ sampleRate }, Math.round(sampleRate * patience) + 13);
      const bufferMs = backend.bufferMs(480_000 / sampleRate, sampleRate);
      const play = new PlaySession({
        file,
        device: kind,
        driver: backend.driverOf(port),
        bufferMs,
      });
      while (!play.step());
      const played = play.finish(1);
      expect(played).toMatchObject({ bitExact: true, glitches: 0, findings: [], leaks: [] });
      expect([played.frames, played.heardFrames]).toEqual([file.frames, file.frames]);
    });

    it('what a client sends is copied by the stack as that port has it', () => {
      const file = recordingOf({}, Math.round(RATE_HZ * patience));
      const bufferMs = backend.bufferMs(20, RATE_HZ);
      const play = new PlaySession({
        file,
        device: kind,
        driver: backend.driverOf(port),
        bufferMs,
      });
      while (!play.step());
      const { bouncedBytes, bytesCopiedByDriverStack } = play.finish(1);
      // The client's memory may lie above 4 GiB, where the controller does not reach.
      if (port !== 'wavecyclic') expect(bytesCopiedByDriverStack).toBe(bouncedBytes ?? 0);
      // Forty milliseconds, of which thirty are the silence that goes ahead, go in before RUN.
      else expect(bytesCopiedByDriverStack).toBeGreaterThanOrEqual(4 * (file.frames - 480));
    });
  });
}

const benchOf = (lab: Lab, backend: Backend): PacketBench =>
  new PacketBench(bootAc97(lab, backend, 'wavecyclic'), RENDER_PIN);

describeBackends('a WaveCyclic render stream', 'ac97', (backend) => {
  const facts = ac97Facts(backend);
  const { delayFrames } = facts;

  scenario('is notified every 10 ms of sound, and tells where the DAC is', (lab) => {
    const bench = benchOf(lab, backend);
    bench.states(ACQUIRE, PAUSE);
    bench.write(noise(STEREO_48, 9_600));
    const before = bench.machine.machine.interruptsDelivered;
    bench.states(RUN);
    for (const frames of [0, 10, 16, 17, 1_000, 2_399, 4_799]) {
      const elapsedNs = timeOfFrame(frames, RATE_HZ);
      bench.runTo(elapsedNs);
      const fetched = facts.fetchedFrames(elapsedNs, RATE_HZ);
      expect(bench.playedFrames()).toBe(Math.max(0, fetched - FIFO_FRAMES));
    }
    bench.runTo(ms(100));
    // Ends of intervals that the engine comes to at one time are one interrupt.
    const times = new Set<number>();
    for (let frames = NOTIFICATION_FRAMES; ; frames += NOTIFICATION_FRAMES) {
      const fetchNs = facts.timeOfFetch(frames, RATE_HZ);
      if (fetchNs > ms(100)) break;
      times.add(fetchNs);
    }
    expect(times.size).toBeGreaterThanOrEqual(10);
    expect(bench.machine.machine.interruptsDelivered - before).toBe(times.size);
    bench.states(PAUSE, ACQUIRE, STOP);
    expect(bench.playedFrames()).toBe(0);
    bench.close();
  });

  scenario('plays to its end, and what comes late when it comes', (lab) => {
    const bench = benchOf(lab, backend);
    const sound = noise(STEREO_48, 2 * STARVED_FRAMES);
    bench.states(ACQUIRE, PAUSE);
    const early = bench.write(sound.subarray(0, 4 * STARVED_FRAMES));
    bench.listen();
    bench.states(RUN);
    bench.runTo(ms(120));
    expect(early.isSent).toBe(false);
    const late = bench.write(sound.subarray(4 * STARVED_FRAMES));
    bench.runTo(ms(300));
    expect(late.isSent).toBe(false);
    const [first, second, ...more] = heardRuns(bench.ear.heard(), sound);
    expect(first).toEqual({ at: delayFrames, from: 0, to: STARVED_FRAMES });
    expect([second?.from, second?.to, more]).toEqual([STARVED_FRAMES, 2 * STARVED_FRAMES, []]);
    // Not before it was sent, and no more than two intervals behind that.
    const lateFrames = (second?.at ?? 0) - framesIn(ms(120), RATE_HZ);
    expect(lateFrames).toBeGreaterThanOrEqual(0);
    expect(lateFrames).toBeLessThanOrEqual(2 * NOTIFICATION_FRAMES + facts.mostLateFrames);
    bench.close();
  });

  scenario('goes on where it was when power comes back', (lab) => {
    const bench = benchOf(lab, backend);
    const sound = noise(STEREO_48, 4_800);
    bench.states(ACQUIRE, PAUSE);
    bench.write(sound);
    bench.listen();
    bench.states(RUN);
    bench.runTo(ms(12));
    const { kernel, node } = bench.machine.machine;
    kernel.power.setDeviceState(node, PowerDeviceD3);
    bench.machine.runFor(ms(10));
    kernel.power.setDeviceState(node, PowerDeviceD0);
    bench.machine.runFor(ms(150));
    const [first, second, ...more] = heardRuns(bench.ear.heard(), sound);
    const to = facts.heardFrames(ms(12), RATE_HZ);
    expect(first).toEqual({ at: delayFrames, from: 0, to });
    const from = facts.fetchedFrames(ms(12), RATE_HZ) - FIFO_FRAMES;
    expect([second?.from, second?.to, more]).toEqual([from, 4_800, []]);
    bench.close();
  });

  scenario('is refused in mono, and twice', (lab) => {
    const bench = benchOf(lab, backend);
    const { filter } = bench;
    const mono = StreamPin.tryOpen(filter, CAPTURE_PIN, formatOf({ channels: 1 }));
    expect(mono.status).toBe(STATUS_NO_MATCH);
    expect(StreamPin.tryOpen(filter, RENDER_PIN, STEREO_48).pin).toBeNull();
    bench.states(ACQUIRE, STOP);
    bench.close();
  });
});

/** Our own device, whose ear and mouth have every frame in its place. */
function cyclicKind(): DeviceKind {
  const kind = deviceKind('ac97');
  const driver = kind?.ports?.get('wavecyclic');
  if (kind === null || driver === undefined) throw new Error('no AC’97 with a WaveCyclic driver');
  return { ...kind, driver };
}

function playLate(bufferMs: number, lateNs: number) {
  const file = recordingOf({}, RATE_HZ);
  const lateWake = 50;
  const play = new PlaySession({
    file,
    device: cyclicKind(),
    bufferMs,
    wakeDelayNs: (wake) => (wake === lateWake ? lateNs : 0),
  });
  while (!play.step());
  return play.finish(1);
}

describe('a client with short packets, or a late one', () => {
  it.each([1, 2, 5, 20])('packets of half of %i ms are played bit for bit', (bufferMs) => {
    const report = playLate(bufferMs, 0);
    expect(report).toMatchObject({ bitExact: true, glitches: 0, starvations: 0, leaks: [] });
    expect(report.delayFrames).toBe(report.latency.totalFrames + FIFO_FRAMES);
  });

  it.each([1, 20])(
    'a client with %i ms that is late once is heard late once, and told so',
    (bufferMs) => {
      const lateMs = 150;
      const { glitchList, periodFrames, starvations } = playLate(bufferMs, ms(lateMs));
      expect(starvations).toBe(1);
      const [first, ...others] = glitchList;
      expect(others).toEqual([]);
      expect(first?.cause).toBe('client late');
      // The port keeps 40 ms ahead, and what is under way behind that.
      const lateFrames = (lateMs * RATE_HZ) / 1000;
      expect(first?.frames).toBeGreaterThan(
        lateFrames - 4 * NOTIFICATION_FRAMES - 3 * periodFrames,
      );
      expect(first?.frames).toBeLessThan(lateFrames);
    },
  );

  it.each([5, 20])(
    'of %i ms that takes a recording once too late is told what it lost',
    (bufferMs) => {
      const lateMs = 400;
      const record = new RecordSession({
        spoken: recordingOf({}, 3 * RATE_HZ),
        frames: RATE_HZ,
        device: cyclicKind(),
        bufferMs,
        wakeDelayNs: (wake) => (wake === 50 ? ms(lateMs) : 0),
      });
      while (!record.step());
      const { glitchList, lostFrames, recordedFrames, starvations } = record.finish(1);
      expect(recordedFrames).toBe(RATE_HZ);
      expect(starvations).toBeGreaterThan(0);
      expect(glitchList).toEqual([
        { atFrame: expect.any(Number), frames: lostFrames, cause: 'client late' },
      ]);
      // The cyclic buffer holds 100 ms, of which one interval is left out of account.
      const late = (lateMs * RATE_HZ) / 1000;
      expect(lostFrames).toBeGreaterThan(late - 11 * NOTIFICATION_FRAMES);
      expect(lostFrames).toBeLessThan(late - 8 * NOTIFICATION_FRAMES);
    },
  );
});
