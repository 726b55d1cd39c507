/**
 * Each cause of a glitch, injected, heard at the frame where it should be, and named. The client
 * writes every 10 ms and has 450 frames in hand then, so a wake-up may be 9.375 ms late and up to
 * one frame period more, to the nanosecond.
 */
import { describe, expect } from 'vitest';
import { type PositionSource, propertyPosition } from '../../src/client/position-source.ts';
import { scenario } from '../../src/testing/index.ts';
import { bentHdaDriver } from '../support/bent-hda-driver.ts';
import { CODEC_FRAMES, OUTPUT_STREAM } from '../support/hda-machine.ts';
import {
  BUFFER_FRAMES,
  LEAD_FRAMES,
  PERIOD_FRAMES,
  PERIOD_NS,
  RATE_HZ,
  SLACK_NS,
  WatchedStream,
} from '../support/watched-stream.ts';

/** The wake-up that something happens to. */
const WAKE = 6;
/** Frames sent before a wake-up: each before it sent a period. */
const sentBefore = (wake: number): number => (wake - 1) * PERIOD_FRAMES;
const timeOf = (frames: number): number => Math.floor((frames * 1e9) / RATE_HZ);

describe('a glitch is named', () => {
  scenario('client late when the client asked to be woken too late', (lab) => {
    const wakeDelayNs = (wake: number): number => (wake === WAKE - 1 ? SLACK_NS : 0);
    // That every thread waits a little for the processor is no excuse.
    const timing = { wakeUpDelay: { kind: 'fixed', ns: 1_000 } } as const;
    const stream = new WatchedStream(lab, { timing, wakeDelayNs }).playOut();
    expect(stream.causes.explain()).toMatchObject([
      { atFrame: sentBefore(WAKE), frames: 1, cause: 'client late' },
    ]);
  });

  scenario('wake-up late when the thread waited for the processor', (lab) => {
    const stream = new WatchedStream(lab);
    stream.runTo(WAKE * PERIOD_NS - 1);
    stream.timing.wakeUpDelay.delayNext(SLACK_NS);
    stream.playOut();
    expect(stream.causes.explain()).toMatchObject([
      {
        atFrame: sentBefore(WAKE),
        frames: 1,
        cause: 'wake-up late',
        evidence: { slackNs: SLACK_NS, lateNs: 0, steps: { threadNs: SLACK_NS, timerNs: 0 } },
      },
    ]);
  });

  for (const [cause, source, step] of [
    ['ISR late', 'interruptDelay', 'interruptNs'],
    ['DPC late', 'dpcDelay', 'dpcNs'],
    ['wake-up late', 'wakeUpDelay', 'threadNs'],
  ] as const) {
    scenario(`${cause}, from interrupt to thread`, (lab) => {
      const stream = new WatchedStream(lab, { isEventDriven: true });
      stream.runTo(WAKE * PERIOD_NS - 1);
      stream.timing[source].delayNext(SLACK_NS + 20_000);
      stream.playOut();
      const none = { interruptNs: 0, dpcNs: 0, timerNs: 0, threadNs: 0, driverNs: 0, driftNs: 0 };
      expect(stream.causes.explain()).toMatchObject([
        {
          atFrame: sentBefore(WAKE),
          frames: 1,
          cause,
          evidence: {
            dueNs: stream.timeline.runNs + WAKE * PERIOD_NS,
            lateNs: 20_000,
            steps: { ...none, clientNs: 0, [step]: SLACK_NS + 20_000 },
          },
        },
      ]);
    });
  }

  scenario('client late when it ran in time, and took its time', (lab) => {
    const stream = new WatchedStream(lab, {
      position: (watched) => {
        const {
          causes,
          lab: { machine },
          pin,
        } = watched;
        const real = causes.watch(propertyPosition(pin));
        return {
          kind: real.kind,
          readWriteOffset: () => {
            const stallUs = watched.client.wakes === WAKE ? Math.ceil(SLACK_NS / 1_000) : 0;
            machine.kernel.dispatcher.stall(stallUs);
            return real.readWriteOffset();
          },
        };
      },
    }).playOut();
    expect(stream.causes.explain()).toMatchObject([
      {
        atFrame: sentBefore(WAKE),
        frames: 1,
        cause: 'client late',
        evidence: { steps: { threadNs: 0, clientNs: Math.ceil(SLACK_NS / 1_000) * 1_000 } },
      },
    ]);
  });

  scenario('driver when its DPC took its time, and not the client that it woke', (lab) => {
    const stallUs = Math.ceil(SLACK_NS / 1_000);
    const stream = new WatchedStream(lab, {
      isEventDriven: true,
      dpcStallUs: (period) => (period === WAKE ? stallUs : 0),
    }).playOut();
    expect(stream.causes.explain()).toMatchObject([
      {
        atFrame: sentBefore(WAKE),
        frames: 1,
        cause: 'driver',
        evidence: { steps: { dpcNs: 0, driverNs: stallUs * 1_000 } },
      },
    ]);
  });

  scenario('driver when the position was told too low for the client to write enough', (lab) => {
    const low = 460;
    let isLying = false;
    const driver = bentHdaDriver({
      wdk: (real) => ({
        READ_REGISTER_ULONG: (address) => {
          const value = real.READ_REGISTER_ULONG(address);
          if (!isLying || (address & 0xfff) !== 0x84 + 0x20 * OUTPUT_STREAM) return value;
          return (value + (BUFFER_FRAMES - low) * 4) % (BUFFER_FRAMES * 4);
        },
      }),
    });
    const stream = new WatchedStream(lab, { driver });
    stream.runTo(WAKE * PERIOD_NS - 1);
    isLying = true;
    stream.playOut();
    const explained = stream.causes.explain();
    // The first lie leaves 470 frames before the device, and the next wake-up is 480 away.
    expect(explained[0]).toMatchObject({
      atFrame: sentBefore(WAKE + 1) - low,
      frames: PERIOD_FRAMES - (LEAD_FRAMES - low),
      cause: 'driver',
      evidence: { steps: { driverNs: expect.closeTo(timeOf(low), -5), clientNs: 0 } },
    });
    expect(new Set(explained.map(({ cause }) => cause))).toEqual(new Set(['driver']));
  });

  scenario('FIFO empty when the device says so, and nobody came late', (lab) => {
    const stream = new WatchedStream(lab);
    stream.runTo(WAKE * PERIOD_NS);
    const { device } = stream.lab;
    device.injectFifoError(OUTPUT_STREAM);
    const atFrame = device.speaker.heardFrames + CODEC_FRAMES - LEAD_FRAMES;
    stream.playOut();
    expect(stream.causes.explain()).toEqual([
      { atFrame, frames: 1, cause: 'FIFO empty', evidence: null },
    ]);
  });

  scenario('driver when the stream was held and the device had no error', (lab) => {
    const stream = new WatchedStream(lab);
    stream.runTo(WAKE * PERIOD_NS);
    const { registers } = stream.lab.device;
    const ssync = 0x38;
    registers.write(ssync, 4, 1 << OUTPUT_STREAM);
    stream.runTo(WAKE * PERIOD_NS + 1_000_000);
    registers.write(ssync, 4, 0);
    stream.playOut();
    expect(stream.causes.explain()[0]).toMatchObject({ frames: 48, cause: 'driver' });
  });

  scenario('drift when the client trusts its own clock and the device is fast', (lab) => {
    const driftPpm = 20_000;
    /** The client's idea of the position: time since RUN at the nominal rate. */
    const byClock = ({ lab: { machine }, timeline }: WatchedStream): PositionSource => ({
      kind: 'register',
      readWriteOffset: () => {
        const elapsedNs = machine.clock.now - timeline.runNs;
        return (Math.floor((elapsedNs * RATE_HZ) / 1e9) % BUFFER_FRAMES) * 4;
      },
    });
    const options = { driftPpm, soundFrames: 30_000, position: byClock };
    const stream = new WatchedStream(lab, options).playOut();
    // The device gains 9.6 frames a period on a client with 450 in hand: gone by the 47th.
    const [first, ...others] = stream.causes.explain();
    expect(first).toMatchObject({ atFrame: sentBefore(47), frames: 1, cause: 'drift' });
    const { clientNs, driftNs, threadNs } = first?.evidence?.steps ?? {};
    expect([clientNs, threadNs]).toEqual([0, 0]);
    expect(driftNs).toBeCloseTo(timeOf((LEAD_FRAMES + sentBefore(47) + 1) * (1 - 1 / 1.02)), -3);
    expect(new Set(others.map(({ cause }) => cause))).toEqual(new Set(['drift']));
  });

  for (const driftPpm of [20_000, -200]) {
    scenario(`by nobody at ${driftPpm} ppm when the client reads the position`, (lab) => {
      const stream = new WatchedStream(lab, { driftPpm, soundFrames: 96_000 }).playOut();
      expect(stream.ledger).toMatchObject({ glitches: [], isBitExact: true });
    });
  }
});

describe('of two delays', () => {
  scenario('the longer is named, and both are told', (lab) => {
    const stream = new WatchedStream(lab, { isEventDriven: true });
    stream.runTo(WAKE * PERIOD_NS - 1);
    stream.timing.interruptDelay.delayNext(4_000_000);
    stream.timing.dpcDelay.delayNext(SLACK_NS - 4_000_000);
    stream.playOut();
    expect(stream.causes.explain()).toMatchObject([
      {
        atFrame: sentBefore(WAKE),
        cause: 'DPC late',
        evidence: {
          slackNs: SLACK_NS,
          lateNs: 0,
          steps: { interruptNs: 4_000_000, dpcNs: SLACK_NS - 4_000_000 },
        },
      },
    ]);
  });
});
