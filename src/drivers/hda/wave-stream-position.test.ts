import { describe, expect } from 'vitest';
import {
  HDA_STREAM_BASE,
  HDA_STREAM_REGISTERS,
  HDA_STREAM_STRIDE,
} from '../../standards/hda/index.ts';
import { KSSTATE } from '../../standards/ks/requests.ts';
import { STATUS_NOT_SUPPORTED, STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import { noise, scenario } from '../../testing/index.ts';
import { listen, MS, positionOf, tampered } from './hda-lab.test-support.ts';

/** SDnLPIB of the first output engine, the fifth of all. */
const OUTPUT_LPIB = HDA_STREAM_BASE + 4 * HDA_STREAM_STRIDE + HDA_STREAM_REGISTERS.LPIB.offset;

describe('the position of a stream', () => {
  scenario('counts from RUN, one FIFO ahead and one codec behind the link [WRT-POS-004]', (lab) => {
    const { machine, render } = listen(lab);
    const at = (ms: number): [number, number] => {
      machine.runFor(ms * MS);
      return positionOf(render);
    };
    expect(at(0)).toEqual([0, 0]);
    render.setState(KSSTATE.RUN);
    expect(at(0)).toEqual([0, 0]);
    // 12 frames have gone into the FIFO of 16, and none has left it.
    expect(at(0.25)).toEqual([0, 0]);
    expect(at(0.25)).toEqual([0, 24]);
    expect(at(0.5)).toEqual([18, 48]);
    expect(at(9)).toEqual([450, 480]);
    expect(at(10)).toEqual([930, 0]);
    expect(at(0.5)).toEqual([954, 24]);
    expect(at(0.5)).toEqual([18, 48]);
    render.close();
  });

  scenario(
    'stands still in PAUSE, goes on from there, and is 0 in STOP [WRT-POS-008] [WRT-STA-012] [WRT-STA-013]',
    (lab) => {
      const { machine, ear, render } = listen(lab);
      render.write(noise(render.format, 960));
      render.setState(KSSTATE.RUN);
      machine.runFor(5 * MS);
      render.setState(KSSTATE.PAUSE);
      const paused = positionOf(render);
      expect(paused).toEqual([210, 240]);
      machine.runFor(5 * MS);
      expect(positionOf(render)).toEqual(paused);
      render.setState(KSSTATE.RUN);
      machine.runFor(5 * MS);
      expect(positionOf(render)).toEqual([450, 480]);
      render.setState(KSSTATE.STOP);
      expect(positionOf(render)).toEqual([0, 0]);
      machine.runFor(5 * MS);
      // What was in the codec comes out; what was in the FIFO is gone.
      expect(machine.device.speaker.heardFrames).toBe(480 - 16);
      expect(ear.heard().leadingSilence).toBe(30);
      render.setState(KSSTATE.RUN);
      machine.runFor(5 * MS);
      expect(positionOf(render)).toEqual([210, 240]);
      render.close();
    },
  );

  scenario(
    'is 0 in STOP, and until it runs again, on a controller that keeps SDnLPIB over the reset of 3.3.35 [WRT-POS-008]',
    (lab) => {
      let newest = 0;
      const keep = (value: number): number => {
        if (value > 0) newest = value;
        return newest;
      };
      const machine = lab.boot(tampered({ readsAt: new Map([[OUTPUT_LPIB, keep]]) }));
      const render = machine.openRender({});
      expect(positionOf(render)).toEqual([0, 0]);
      render.setState(KSSTATE.RUN);
      machine.runFor(5 * MS);
      expect(positionOf(render)).toEqual([210, 240]);
      for (const state of [KSSTATE.STOP, KSSTATE.ACQUIRE, KSSTATE.PAUSE]) {
        render.setState(state);
        expect(positionOf(render)).toEqual([0, 0]);
      }
      expect(newest).toBe((240 - 16) * 4);
      render.close();
    },
  );

  scenario('may be asked for at DISPATCH_LEVEL [WRT-POS-002]', (lab) => {
    const { machine, render, stream } = listen(lab);
    render.setState(KSSTATE.RUN);
    machine.runFor(MS);
    const { irql } = machine.machine.kernel;
    const position = { playOffset: 0, writeOffset: 0 };
    irql.raise(2);
    expect(stream().getPosition(position)).toBe(STATUS_SUCCESS);
    irql.lower(0);
    expect(position).toEqual({ playOffset: 18 * 4, writeOffset: 48 * 4 });
    render.close();
  });

  scenario(
    'can be read from a register of its own, with a clock beside it [WRT-REG-005] [WRT-REG-011] [WRT-REG-015]',
    (lab) => {
      const { machine, render } = listen(lab);
      const { ioSpace } = machine.machine.kernel;
      const { register: position } = render.pin.tryMapRegister('position');
      const { register: clock } = render.pin.tryMapRegister('clock');
      if (position === null || clock === null) throw new Error('a register was not mapped');
      expect(position).toMatchObject({ widthBits: 32, accuracy: 4, numerator: 0, denominator: 0 });
      expect(clock).toMatchObject({
        widthBits: 32,
        accuracy: 1,
        numerator: 24_000_000,
        denominator: 1,
      });
      render.setState(KSSTATE.RUN);
      const start = ioSpace.readRegister(clock.address, 4);
      machine.runFor(25 * MS);
      expect(ioSpace.readRegister(position.address, 4)).toBe((25 * 48 - 16 - 960) * 4);
      expect(ioSpace.readRegister(clock.address, 4) - start).toBe(25 * 24_000);
      render.close();
    },
  );

  scenario('has no register where the BAR has no page for it [WRT-REG-003]', (lab) => {
    const machine = lab.boot(tampered({ sizeBytes: 0x2000 }));
    const render = machine.openRender({});
    expect(render.pin.tryMapRegister('position').status).toBe(STATUS_NOT_SUPPORTED);
    expect(render.pin.tryMapRegister('clock').status).toBe(STATUS_NOT_SUPPORTED);
    render.close();
  });
});
