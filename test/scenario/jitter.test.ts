/**
 * Jitter as configuration: what a client's slack holds is not heard, one nanosecond more is; ticks
 * of the system clock; and the same seed gives the same machine, to the byte.
 */
import { describe, expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { DelayedWorkQueue } from '../../src/kernel/ddi/index.ts';
import type { KernelTimingConfig } from '../../src/kernel/dispatch/timing.ts';
import type { DelayShape } from '../../src/sim/delay.ts';
import { noise, scenario } from '../../src/testing/index.ts';
import { bootHda, MS } from '../support/hda-machine.ts';
import { LEAD_FRAMES, PERIOD_NS, SLACK_NS, WatchedStream } from '../support/watched-stream.ts';

const TICK_NS = 15_625_000;

/** Mostly nothing, and one wake-up in eight late by `spikeNs`. */
const spikes = (spikeNs: number): DelayShape => ({
  kind: 'spikes',
  leastNs: 0,
  mostNs: 0,
  oneIn: 8,
  spikeLeastNs: spikeNs,
  spikeMostNs: spikeNs,
});

describe('wake-ups that come late', () => {
  scenario('by anything below the slack are not heard', (lab) => {
    const wakeUpDelay: DelayShape = { kind: 'uniform', leastNs: 0, mostNs: SLACK_NS - 1 };
    const stream = new WatchedStream(lab, { timing: { wakeUpDelay }, soundFrames: 96_000 });
    expect(stream.playOut().ledger).toMatchObject({ glitches: [], isBitExact: true });
  });

  for (const [lateNs, glitches] of [
    [SLACK_NS - 1, 0],
    [SLACK_NS, 1],
  ] as const) {
    scenario(`once, by ${lateNs} ns, glitch ${glitches} times`, (lab) => {
      const stream = new WatchedStream(lab);
      stream.runTo(10 * PERIOD_NS - 1);
      stream.timing.wakeUpDelay.delayNext(lateNs);
      stream.playOut();
      expect(stream.ledger.isBitExact).toBe(glitches === 0);
      expect(stream.causes.explain()).toHaveLength(glitches);
    });
  }

  scenario('now and then, at the slack, each lose one frame', (lab) => {
    const soundFrames = 96_000;
    const below = { timing: { wakeUpDelay: spikes(SLACK_NS - 1) }, soundFrames, seed: 5 };
    expect(new WatchedStream(lab, below).playOut().ledger.glitches).toEqual([]);
    const at = { ...below, timing: { wakeUpDelay: spikes(SLACK_NS) } };
    const explained = new WatchedStream(lab, at).playOut().causes.explain();
    expect(explained.length).toBeGreaterThan(10);
    for (const { cause, evidence, frames } of explained) {
      expect([cause, frames, evidence?.lateNs]).toEqual(['wake-up late', 1, 0]);
    }
    expect(new WatchedStream(lab, at).playOut().causes.explain()).toEqual(explained);
  });
});

describe('the ticks of the system clock', () => {
  for (const timerResolution100ns of [10_000, 5_000]) {
    scenario(
      `make no timer too late when they are ${timerResolution100ns} units of 100 ns apart`,
      (lab) => {
        const stream = new WatchedStream(lab, { timing: { timerResolution100ns } });
        expect(stream.playOut().ledger).toMatchObject({ glitches: [], isBitExact: true });
      },
    );
  }

  scenario('do when those who asked for finer ones take that back in between', (lab) => {
    const stream = new WatchedStream(lab, { timing: { timerResolution100ns: 156_250 } });
    const { ticks } = stream.lab.machine.kernel;
    // The fine ticks go on from the latest coarse one.
    const gridNs = ticks.timeNs;
    ticks.request(10_000);
    stream.runTo(10 * PERIOD_NS - 1);
    ticks.release();
    const { timeline } = stream;
    const { runNs } = timeline;
    const fineNs = (ms: number): number => gridNs + ms * MS;
    const wokenNs = fineNs(Math.ceil((runNs + 9 * PERIOD_NS - gridNs) / MS));
    const tickNs = fineNs(Math.floor((runNs + 10 * PERIOD_NS - 1 - gridNs) / MS)) + TICK_NS;
    const [before, after] = [timeline.fetchedAt(wokenNs), timeline.fetchedAt(tickNs)];
    stream.playOut();
    expect(stream.causes.explain()[0]).toMatchObject({
      atFrame: before,
      frames: after - before - LEAD_FRAMES,
      cause: 'wake-up late',
      evidence: {
        wroteNs: tickNs,
        steps: { timerNs: tickNs - runNs - 10 * PERIOD_NS, threadNs: 0 },
      },
    });
  });
});

describe('a machine with jitter', () => {
  const uniform: DelayShape = { kind: 'uniform', leastNs: 0, mostNs: 40_000 };
  const timing: KernelTimingConfig = {
    timerResolution100ns: 5_000,
    interruptDelay: uniform,
    dpcDelay: uniform,
    wakeUpDelay: uniform,
  };

  /** The whole trace of a machine that plays for 50 ms. */
  const traceOf = (
    lab: Parameters<typeof bootHda>[0],
    config: { readonly timing?: KernelTimingConfig; readonly seed: number },
  ): string => {
    const lines: string[] = [];
    const booted = bootHda(lab, { ...config, trace: { sink: (text) => lines.push(text) } });
    const render = booted.openRender({ bufferMs: 20 });
    render.write(noise(render.format, 960));
    render.setState(3);
    booted.machine.runFor(ms(50));
    render.setState(0);
    render.close();
    booted.shutDown();
    return lines.join('');
  };

  scenario('is the same to the byte of its trace with the same seed', (lab) => {
    const first = traceOf(lab, { timing, seed: 3 });
    expect(traceOf(lab, { timing, seed: 3 })).toBe(first);
    expect(traceOf(lab, { timing, seed: 4 })).not.toBe(first);
    expect(traceOf(lab, { seed: 3 })).not.toBe(first);
  });

  scenario('that has none is the machine that was never asked', (lab) => {
    expect(traceOf(lab, { timing: {}, seed: 3 })).toBe(traceOf(lab, { seed: 3 }));
  });

  scenario('leaves nothing on its way when it is switched off', (lab) => {
    const booted = bootHda(lab, { timing: { wakeUpDelay: { kind: 'fixed', ns: 3 * MS } } });
    const { kernel } = booted.machine;
    const driverItems = kernel.works.outstanding().length;
    for (let index = 0; index < 2; index++) {
      kernel.run(kernel.clock.now + 10 * MS);
      const item = kernel.works.allocate(null);
      kernel.works.queue(item, () => kernel.works.free(item), DelayedWorkQueue, null);
    }
    kernel.run(kernel.clock.now + 1);
    // The worker is there, and wakes in 3 ms.
    expect(kernel.works.outstanding()).toHaveLength(driverItems + 1);
    expect(booted.shutDown()).toEqual([]);
  });
});
