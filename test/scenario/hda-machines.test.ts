/** Machines as a whole: the same from one run to the next, and each for itself. */
import { describe, expect } from 'vitest';
import { Random } from '../../src/sim/random.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { EarRecorder, formatOf, type Lab, noise, scenario } from '../../src/testing/index.ts';
import { bootHda, HdaStream, MS, openMdl } from '../support/hda-machine.ts';

/** Plays, pauses and is late once; the trace, the pages, and what was heard. */
function run(lab: Lab, seed: number) {
  let trace = '';
  const sink = (lines: string): void => {
    trace += lines;
  };
  const machine = bootHda(lab, { seed, trace: { rows: 64, sink } });
  const heard: number[] = [];
  const stream = new HdaStream(machine, formatOf({ bits: 24, sampleRate: 44_100 }), {
    bufferMs: 40,
    soundMs: 300,
    wakeDelayNs: (wake) => (wake === 4 ? 25 * MS : 0),
    heard: { write: (bytes, at, length) => heard.push(...bytes.slice(at, at + length)) },
  });
  machine.runFor(30 * MS);
  const pages = Array.from(openMdl(machine.machine).pages);
  stream.playOut();
  const { glitches } = stream.ledger;
  const left = machine.shutDown();
  return { trace, pages, heard, glitches, left };
}

describe('a machine', () => {
  scenario('is the same to the byte of its trace when it runs again with its seed', (lab) => {
    const first = run(lab, 7);
    expect(first.trace.length).toBeGreaterThan(2000);
    expect(first.trace).toContain('IMiniportWaveRTStream.GetPosition');
    expect(first.left).toEqual([]);
    expect(run(lab, 7)).toEqual(first);
  });

  scenario('has other pages with another seed, and the same sound', (lab) => {
    const first = run(lab, 7);
    for (const seed of [1, 2, 8]) {
      const other = run(lab, seed);
      expect(other.pages).not.toEqual(first.pages);
      expect(other.heard).toEqual(first.heard);
      expect(other.glitches).toEqual(first.glitches);
    }
  });

  scenario('is not disturbed by another in the same process', (lab) => {
    const alone = run(lab, 3);
    const ears = [new EarRecorder(), new EarRecorder()] as const;
    const machines = [bootHda(lab, { seed: 3 }), bootHda(lab, { seed: 3 })] as const;
    const renders = machines.map((machine, index) => {
      machine.device.speaker.sink = ears[index] ?? null;
      const render = machine.openRender({ bufferMs: 100, bits: index === 0 ? 16 : 24 });
      render.write(noise(render.format, 4800, index));
      render.setState(KSSTATE.RUN);
      return render;
    });
    // They take turns of uneven length; the second is paused, and the first is killed at the end.
    const random = new Random(3);
    const [first, second] = machines;
    let between = { trace: '' };
    for (let turn = 0; turn < 20; turn++) {
      first.runFor(random.below(5 * MS));
      if (turn === 10) between = run(lab, 3);
      second.runFor(random.below(5 * MS));
    }
    expect(between).toEqual(alone);
    expect(first.shutDown()).toEqual([]);
    second.runFor(10 * MS);
    renders.forEach((render, index) => {
      const machine = index === 0 ? first : second;
      const heard = ears[index]?.heard();
      const frames = machine.device.speaker.heardFrames;
      const bytes = heard?.bytes.slice((heard?.leadingSilence ?? 0) * render.pin.frameBytes);
      const sound = render.submitted.slice(0, frames * render.pin.frameBytes);
      expect(frames).toBeGreaterThan(1000);
      expect(bytes?.slice(0, sound.length)).toEqual(sound);
    });
    renders[1]?.close();
  });
});
