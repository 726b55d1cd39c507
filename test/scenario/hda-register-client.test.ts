/** A client that reads the mapped position register instead of asking for the position. */
import { expect } from 'vitest';
import { registerPosition } from '../../src/client/position-source.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import { scenario } from '../../src/testing/index.ts';
import { noise } from '../../src/testing/sounds.ts';
import { formatOf } from '../../src/testing/test-render.ts';
import { backendScenario } from '../support/backends.ts';
import { plainDevice } from '../support/plain-device.ts';
import { plainDriver } from '../support/plain-driver.ts';

/** Noise as a file. */
function fileOf(frames: number) {
  const format = formatOf({});
  const sound = noise(format, frames);
  return {
    format,
    frames,
    warnings: [],
    readFrames: (first: number, into: Uint8Array, offset: number, wanted: number) => {
      const count = Math.max(0, Math.min(wanted, frames - first));
      into.set(sound.subarray(4 * first, 4 * (first + count)), offset);
      return count;
    },
  };
}

backendScenario(
  'a client with the position register makes no call at all while it runs [WRT-REG-004]',
  'hda',
  (_lab, backend) => {
    for (const bufferMs of new Set([2, 20].map((ms) => backend.bufferMs(ms, 48_000)))) {
      const session = new PlaySession({
        file: fileOf(24_000),
        device: backend.kind,
        bufferMs,
        position: 'register',
      });
      while (!session.step());
      const report = session.finish(1);
      expect(report.bitExact).toBe(true);
      if (backend.tellsItsDelay) expect(report.delayFrames).toBe(report.latency.totalFrames);
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
