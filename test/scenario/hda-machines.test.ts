/** Machines as a whole: the same from one run to the next, and each for itself. */
import { expect } from 'vitest';
import { Random } from '../../src/sim/random.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { formatOf, type Lab, noise, scenario } from '../../src/testing/index.ts';
import { type Backend, describeBackends, earOf, soundOf } from '../support/backends.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { HdaStream, MS, openMdl } from '../support/hda-machine.ts';

/** Plays, pauses and is late once; the trace, the pages, and what was heard. */
function run(lab: Lab, backend: Backend, seed: number) {
  const { samples } = hdaFacts(backend);
  const bufferMs = backend.bufferMs(40, 44_100);
  let trace = '';
  const sink = (lines: string): void => {
    trace += lines;
  };
  const machine = backend.boot(lab, { seed, trace: { rows: 64, sink } });
  const heard: number[] = [];
  const stream = new HdaStream(machine, formatOf({ ...samples.at(-1), sampleRate: 44_100 }), {
    bufferMs,
    soundMs: 300,
    wakeDelayNs: (wake) => (wake === 4 ? bufferMs * MS : 0),
    heard: { write: (bytes, at, length) => heard.push(...bytes.slice(at, at + length)) },
  });
  machine.runFor(30 * MS);
  const pages = Array.from(openMdl(machine.machine).pages);
  stream.playOut();
  const { glitches } = stream.ledger;
  const left = machine.shutDown();
  return { trace, pages, heard, glitches, left };
}

describeBackends('a machine', 'hda', (backend) => {
  scenario('is the same to the byte of its trace when it runs again with its seed', (lab) => {
    const first = run(lab, backend, 7);
    expect(first.trace.length).toBeGreaterThan(2000);
    expect(first.trace).toContain('IMiniportWaveRTStream.GetPosition');
    expect(first.left).toEqual([]);
    expect(run(lab, backend, 7)).toEqual(first);
  });

  scenario('has other pages with another seed, and the same sound', (lab) => {
    const first = run(lab, backend, 7);
    for (const seed of [1, 2, 8].slice(0, Math.ceil(3 * backend.patience))) {
      const other = run(lab, backend, seed);
      expect(other.pages).not.toEqual(first.pages);
      expect(other.heard).toEqual(first.heard);
      expect(other.glitches).toEqual(first.glitches);
    }
  });

  scenario('is not disturbed by another in the same process', (lab) => {
    const alone = run(lab, backend, 3);
    const { earDelayFrames, samples } = hdaFacts(backend);
    const machines = [backend.boot(lab, { seed: 3 }), backend.boot(lab, { seed: 3 })] as const;
    const ears = machines.map(earOf);
    const renders = machines.map((machine, index) => {
      const sample = index === 0 ? samples[0] : samples.at(-1);
      const render = machine.openRender({ bufferMs: 100, ...sample });
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
      if (turn === 10) between = run(lab, backend, 3);
      second.runFor(random.below(5 * MS));
    }
    expect(between).toEqual(alone);
    expect(first.shutDown()).toEqual([]);
    second.runFor(10 * MS);
    backend.hearOut(second);
    renders.forEach((render, index) => {
      const heard = ears[index]?.heard();
      if (heard === undefined) throw new Error('nobody listened');
      const sound = soundOf(heard);
      const laps = new Uint8Array(4 * render.submitted.length);
      for (let lap = 0; lap < 4; lap++) laps.set(render.submitted, lap * render.submitted.length);
      expect(sound.length).toBeGreaterThan(1000 * render.pin.frameBytes);
      expect(sound).toEqual(laps.subarray(0, sound.length));
      expect(heard.leadingSilence).toBe(earDelayFrames(48_000));
    });
    renders[1]?.close();
  });
});
