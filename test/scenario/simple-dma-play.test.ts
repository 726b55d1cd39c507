/** The device kind `simple`, as a machine is told to have it: a recording through the whole stack. */
import { expect } from 'vitest';
import { deviceKind } from '../../src/machine/devices.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import { formatOf, noise, scenario } from '../../src/testing/index.ts';
import { MemorySink, memorySource } from '../../src/wav/byte-stream.ts';
import { openWav } from '../../src/wav/wav-reader.ts';
import { WavWriter } from '../../src/wav/wav-writer.ts';

scenario(
  'a recording plays on it bit for bit, in the time that its driver promises [WRT-OVR-005 WRT-LAT-009]',
  () => {
    const device = deviceKind('simple');
    if (device === null) throw new Error('no such device kind');
    for (const sampleRate of [22_050, 48_000, 192_000]) {
      const format = formatOf({ sampleRate, bits: 24 });
      const sink = new MemorySink();
      const writer = new WavWriter(sink, format);
      const sound = noise(format, sampleRate);
      writer.write(sound, 0, sound.length);
      writer.finish();
      const session = new PlaySession({ file: openWav(memorySource(sink.bytes)), device });
      while (!session.step());
      const report = session.finish(0);
      expect(report).toMatchObject({ bitExact: true, glitches: 0, findings: [], leaks: [] });
      expect(report.delayFrames).toBe(report.latency.totalFrames);
      expect(report.bytesCopiedByDriverStack).toBe(0);
      // The client's calls are positions; the re-arm is the driver's own business.
      expect(Object.keys(report.callsWhileRunning)).toEqual(['IMiniportWaveRTStream.GetPosition']);
    }
  },
);
