/**
 * A re-arm that comes late, on a part that cannot loop. DMA reaches the end of the buffer after
 * `bufferFrames` frame periods; from then on only the FIFO is left. So which frame is lost, and how
 * many are, follows from the FIFO's depth and from the clock.
 */
import { describe, expect } from 'vitest';
import type { SimpleDmaDriverOptions } from '../../src/drivers/simple-dma/index.ts';
import type { SimpleDmaTraits } from '../../src/hardware/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { formatOf, type Lab, scenario } from '../../src/testing/index.ts';
import { type BusyKind, busy } from '../support/simple-dma-busy.ts';
import {
  bootSimple,
  engineRegister,
  MS,
  Playback,
  Recording,
  type SimpleMachine,
} from '../support/simple-dma-machine.ts';

/** The pass at whose end the processor is busy. */
const PASS = 4;
const LEAD_IN_NS = 1_000;
/** What the machine gives the device. */
const DEVICE_VECTOR = 0x51;

type Setup = readonly [string, BusyKind, Partial<SimpleDmaTraits>, SimpleDmaDriverOptions];

const setups: readonly Setup[] = [
  ['by its interrupt, behind the service routine of another device', 'service routine', {}, {}],
  ['by its interrupt, behind code that holds the IRQL up', 'raised IRQL', { gathers: true }, {}],
  ['by a thread, behind a long DPC', 'DPC', {}, { rearm: 'thread' }],
  ['by a thread, behind a service routine', 'service routine', {}, { rearm: 'thread' }],
];

/** Plays with the re-arm of one pass as late as `delayFrames` frame periods and `extraNs`. */
function playLate(
  lab: Lab,
  [, kind, traits, options]: Setup,
  fifoFrames: number,
  delayFrames: number,
  extraNs = 0,
): { machine: SimpleMachine; playback: Playback; endFrame: number } {
  const machine = bootSimple(lab, { ...traits, fifoFrames }, options);
  const playback = new Playback(machine, { bufferMs: 20, soundMs: 200 });
  const endFrame = PASS * playback.bufferFrames;
  const until = playback.timeOf(endFrame + delayFrames) + extraNs;
  busy(machine, kind, playback.timeOf(endFrame) - LEAD_IN_NS, until);
  return { machine, playback, endFrame };
}

describe('a part that is armed again', () => {
  for (const setup of setups) {
    const [name] = setup;
    for (const fifoFrames of [2, 5, 64, 190]) {
      scenario(
        `${name}, plays on when it comes within ${fifoFrames} frames [WRT-HWL-002 WRT-HWL-003]`,
        (lab) => {
          const { playback } = playLate(lab, setup, fifoFrames, fifoFrames);
          expect(playback.playOut().ledger).toMatchObject({ glitches: [], isBitExact: true });
        },
      );

      scenario(
        `${name}, loses one frame when it comes one frame after ${fifoFrames} [WRT-HWL-002]`,
        (lab) => {
          const last = playLate(lab, setup, fifoFrames, fifoFrames + 1, -1);
          expect(last.playback.playOut().ledger.isBitExact).toBe(true);
          const { endFrame, machine, playback } = playLate(lab, setup, fifoFrames, fifoFrames + 1);
          machine.runFor(150 * MS);
          expect(engineRegister(machine, 0, 'LOST')).toBe(1);
          expect(engineRegister(machine, 0, 'LOSTAT')).toBe(endFrame + fifoFrames);
          const atFrame = endFrame - playback.client.leadFrames;
          const { ledger } = playback.playOut();
          expect(ledger.glitches).toEqual([{ atFrame, frames: 1, cause: 'gap' }]);
          expect(ledger.isComplete).toBe(true);
        },
      );
    }

    scenario(
      `${name}, loses exactly what it is late, and goes on [WRT-HWL-002 WRT-LAT-012]`,
      (lab) => {
        for (const lost of [2, 17, 48]) {
          const fifoFrames = 16;
          const { endFrame, machine, playback } = playLate(
            lab,
            setup,
            fifoFrames,
            fifoFrames + lost,
          );
          const printed: string[] = [];
          machine.machine.runFor(150 * MS);
          expect(engineRegister(machine, 0, 'LOST')).toBe(lost);
          const { ledger } = playback.playOut();
          const atFrame = endFrame - playback.client.leadFrames;
          expect(ledger.glitches).toEqual([{ atFrame, frames: lost, cause: 'gap' }]);
          expect(ledger).toMatchObject({ isComplete: true });
          for (const row of machine.machine.trace.tail(4096)) printed.push(row);
          expect(printed.filter((row) => row.includes('underruns'))).toEqual([
            expect.stringContaining(`1 underruns, ${lost} frames lost`),
          ]);
        }
      },
    );
  }

  scenario('by a thread, still interrupts when its FIFO runs empty [WRT-LAT-012]', (lab) => {
    const setup: Setup = ['', 'DPC', {}, { rearm: 'thread' }];
    const { endFrame, machine, playback } = playLate(lab, setup, 16, 40);
    const counters = machine.machine.kernel.interrupts.counters(DEVICE_VECTOR);
    const before = machine.machine.interruptsDelivered;
    machine.machine.kernel.run(playback.timeOf(endFrame + 41));
    // The ends of four passes, and the first frame that the FIFO did not have.
    expect(machine.machine.interruptsDelivered - before).toBe(PASS + 1);
    expect(counters?.assertedAtNs).toBe(playback.timeOf(endFrame + 17));
    expect(engineRegister(machine, 0, 'LOST')).toBe(24);
    playback.playOut();
  });

  scenario('by its interrupt, does not wait for DPCs [WRT-HWL-003]', (lab) => {
    const { machine, playback } = playLate(lab, ['', 'DPC', {}, {}], 16, 200);
    expect(playback.playOut().ledger.isBitExact).toBe(true);
    expect(engineRegister(machine, 0, 'LOST')).toBe(0);
  });

  scenario('by a poll, loses what a long DPC leaves out', (lab) => {
    const traits = { notifies: 'never', fifoFrames: 64 } as const;
    const machine = bootSimple(lab, traits);
    const playback = new Playback(machine, { bufferMs: 20, soundMs: 200 });
    const endFrame = PASS * playback.bufferFrames;
    const until = playback.timeOf(endFrame + 64 + 9);
    busy(machine, 'DPC', playback.timeOf(endFrame) - LEAD_IN_NS, until);
    machine.runFor(150 * MS);
    expect(engineRegister(machine, 0, 'LOST')).toBe(9);
    const { ledger } = playback.playOut();
    const atFrame = endFrame - playback.client.leadFrames;
    expect(ledger.glitches).toEqual([{ atFrame, frames: 9, cause: 'gap' }]);
  });
});

scenario(
  'a part that is polled keeps up on a machine whose clock ticks 64 times a second',
  (lab) => {
    const traits = { notifies: 'never', fifoFrames: 64 } as const;
    const timing = { timerResolution100ns: 156_250 };
    const machine = bootSimple(lab, traits, {}, { timing });
    const { ticks } = machine.machine.kernel;
    const render = machine.openRender({ bufferMs: 20 });
    render.setState(KSSTATE.RUN);
    expect(ticks.increment100ns).toBe(10_000);
    machine.runFor(500 * MS);
    expect(engineRegister(machine, 0, 'LOST')).toBe(0);
    render.setState(KSSTATE.PAUSE);
    // Finer ticks cost power, so they are asked for no longer than somebody runs.
    expect(ticks.increment100ns).toBe(156_250);
  },
);

describe('a recording on a part that cannot loop', () => {
  const FIFO = 40;
  const HOLD = FIFO / 2;

  for (const [late, lost] of [
    [FIFO - HOLD, 0],
    [FIFO - HOLD + 1, 1],
    [FIFO - HOLD + 33, 33],
  ] as const) {
    scenario(
      `loses ${lost} frames when it is armed ${late} frames late [WRT-HWL-001 WRT-HWL-002 WRT-LAT-012]`,
      (lab) => {
        const machine = bootSimple(lab, { fifoFrames: FIFO });
        const recording = new Recording(machine, formatOf({})).run();
        // The last frame of a pass is stored when it has been in the FIFO for HOLD frames.
        const endFrame = 2 * recording.bufferFrames + HOLD;
        const at = (frames: number): number => recording.runNs + Math.ceil((frames * 1e6) / 48);
        busy(machine, 'service routine', at(endFrame) - LEAD_IN_NS, at(endFrame + late));
        recording.readUntil(100 * MS);
        expect(engineRegister(machine, 1, 'LOST')).toBe(lost);
        if (lost > 0) expect(engineRegister(machine, 1, 'LOSTAT')).toBe(endFrame + FIFO - HOLD);
        const kept = endFrame + FIFO - HOLD;
        const before = recording.spoken(0, kept);
        const after = recording.spoken(kept + lost, 4800 - HOLD);
        expect(recording.read).toEqual(Uint8Array.from([...before, ...after]));
        recording.close();
      },
    );
  }
});
