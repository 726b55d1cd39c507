/** A client that reads the mapped position register instead of asking for the position. */
import { expect } from 'vitest';
import { registerPosition } from '../../src/client/position-source.ts';
import { deviceKinds } from '../../src/machine/devices.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import { scenario } from '../../src/testing/index.ts';
import { noise } from '../../src/testing/sounds.ts';
import { formatOf } from '../../src/testing/test-render.ts';
import { plainDevice } from '../support/plain-device.ts';
import { plainDriver } from '../support/plain-driver.ts';

const [hda] = deviceKinds;

scenario(
  'a client with the position register makes no call at all while it runs [WRT-REG-004]',
  () => {
    const format = formatOf({});
    const sound = noise(format, 24_000);
    const file = {
      format,
      frames: 24_000,
      warnings: [],
      readFrames: (first: number, into: Uint8Array, offset: number, frames: number) => {
        const count = Math.max(0, Math.min(frames, 24_000 - first));
        into.set(sound.subarray(4 * first, 4 * (first + count)), offset);
        return count;
      },
    };
    if (hda === undefined) throw new Error('there is no device');
    for (const bufferMs of [2, 20]) {
      const session = new PlaySession({ file, device: hda, bufferMs, position: 'register' });
      while (!session.step());
      const report = session.finish(1);
      expect(report.bitExact).toBe(true);
      expect(report.delayFrames).toBe(report.latency.totalFrames);
      expect(report.callsWhileRunning).toEqual({});
      expect(report.leaks).toEqual([]);
    }
  },
);

scenario(
  'where no register can be mapped the client asks for the property [WRT-REG-004]',
  (lab) => {
    const { module, driver } = plainDriver();
    const machine = lab.boot({ device: plainDevice, driver: module });
    const render = machine.openRender({ sampleRate: 44_100 });
    const { ioSpace } = machine.machine.kernel;
    const position = registerPosition(render.pin, ioSpace, render.buffer.actualBytes, 0);
    expect(position.kind).toBe('property');
    driver().calls.length = 0;
    expect(position.readWriteOffset()).toBe(0);
    expect(driver().calls).toEqual(['GetPosition']);
    render.close();
  },
);
