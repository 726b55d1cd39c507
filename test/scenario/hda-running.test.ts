/** While a stream runs: who is called, who touches its buffer, and who interrupts. */
import { describe, expect } from 'vitest';
import { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import type { AudioDevice } from '../../src/machine/devices.ts';
import type { PlayReport } from '../../src/machine/play-report.ts';
import { type PlayConfig, PlaySession } from '../../src/machine/play-session.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { EarRecorder, formatOf, noise, scenario } from '../../src/testing/index.ts';
import { firstMismatch } from '../../src/testing/matchers.ts';
import { MemorySink, memorySource } from '../../src/wav/byte-stream.ts';
import { openWav, type WavFile } from '../../src/wav/wav-reader.ts';
import { WavWriter } from '../../src/wav/wav-writer.ts';
import { type BackendMachine, describeBackends, earOf, soundOf } from '../support/backends.ts';
import { bentHdaDriver } from '../support/bent-hda-driver.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import {
  bootHda,
  CODEC_FRAMES,
  fifoFrames,
  HdaStream,
  intelHda,
  MS,
  OUTPUT_STREAM,
  openMdl,
} from '../support/hda-machine.ts';

const HARDWARE_FRAMES = fifoFrames(48_000) + CODEC_FRAMES;
/** Immediate commands, HDA 1.0a 3.4: command, and the busy bit that sends it. */
const ICOI = 0x60;
const ICIS = 0x68;
/** Set amplifier gain of node 2: output, left and right, 6 steps of 1 dB below 0 dB. */
const SIX_DB_DOWN = (2 << 20) | (0x3 << 16) | 0xb000 | 68;

/** Noise as a WAV file in memory. */
function wavOf(ms: number): WavFile {
  const format = formatOf({ bits: 24, sampleRate: 48_000 });
  const sink = new MemorySink();
  const writer = new WavWriter(sink, format);
  const sound = noise(format, ms * 48);
  writer.write(sound, 0, sound.length);
  writer.finish();
  return openWav(memorySource(sink.bytes));
}

const device = { name: 'hda', description: '', create: intelHda.device, driver: intelHda.driver };

function play(
  extras: Partial<PlayConfig> = {},
  during?: (device: AudioDevice) => void,
): PlayReport {
  const session = new PlaySession({ file: wavOf(2000), device, ...extras });
  session.step();
  during?.(session.machine.device);
  while (!session.step());
  return session.finish(0);
}

describeBackends('a stream that runs', 'hda', (backend) => {
  const { earDelayFrames } = hdaFacts(backend);

  scenario(
    'calls the driver for positions only, and the driver looks at no sound [WRT-OVR-001 WRT-OVR-002 WRT-OVR-003 VER-MAP-010]',
    (lab) => {
      const viewed: [number, number][] = [];
      const driver = bentHdaDriver({
        wdk: (real) => ({
          viewAt: (address, length) => {
            viewed.push([address, length]);
            return real.viewAt(address, length);
          },
        }),
      });
      const machine = backend.boot(lab, { driver });
      const bufferMs = backend.bufferMs(20, 48_000);
      const stream = new HdaStream(machine, formatOf({}), { bufferMs, soundMs: 6 * bufferMs });
      machine.runFor(bufferMs * MS);
      const { mappings } = openMdl(machine.machine);
      expect(mappings.map(({ mode }) => mode)).toEqual(['user']);
      const before = machine.calls;
      viewed.length = 0;
      machine.runFor(4 * bufferMs * MS);
      const calls = [...machine.calls].filter(([name, count]) => count !== before.get(name));
      expect(calls.map(([name]) => name)).toEqual(['IMiniportWaveRTStream.GetPosition']);
      expect(viewed).toEqual([]);
      stream.playOut();
      expect(stream.ledger).toMatchObject({ glitches: [], isBitExact: true });
    },
  );

  scenario('brings no interrupt between RUN and its end [WRT-OVR-008]', (lab) => {
    const machine = backend.boot(lab);
    const render = machine.openRender({ bufferMs: 200 });
    render.setState(KSSTATE.PAUSE);
    const before = machine.machine.interruptsDelivered;
    render.setState(KSSTATE.RUN);
    machine.runFor(700 * MS);
    render.setState(KSSTATE.PAUSE);
    expect(machine.machine.interruptsDelivered).toBe(before);
    render.close();
  });

  /** Plays a buffer of 50 ms round and round, and gives what is heard of it lap by lap. */
  const goRound = (machine: BackendMachine) => {
    const ear = earOf(machine);
    const render = machine.openRender({ bufferMs: 50 });
    render.write(noise(render.format, 2400));
    const { actualBytes } = render.buffer;
    const lap = (index: number): Uint8Array =>
      soundOf(ear.heard()).slice(index * actualBytes, (index + 1) * actualBytes);
    const inBuffer = (): Uint8Array => {
      const { address } = render.buffer;
      return machine.machine.kernel.ram.bytes.slice(address, address + actualBytes);
    };
    return { ear, render, lap, inBuffer };
  };

  scenario(
    'leaves the buffer as the client wrote it, on the pages it had [WRT-OVR-001 WRT-OVR-004 WRT-BUF-019]',
    (lab) => {
      const machine = backend.boot(lab);
      const { ear, inBuffer, lap, render } = goRound(machine);
      const mdl = openMdl(machine.machine);
      const pages = Array.from(mdl.pages);
      const mapping = mdl.mappings[0];
      render.setState(KSSTATE.RUN);
      for (let look = 0; look < 100; look++) {
        machine.runFor(3.3 * MS);
        render.pin.readPosition();
        expect(openMdl(machine.machine)).toBe(mdl);
        expect(mdl.mappings).toEqual([mapping]);
      }
      backend.hearOut(machine);
      expect(Array.from(mdl.pages)).toEqual(pages);
      expect(inBuffer()).toEqual(render.submitted);
      expect(ear.heard().leadingSilence).toBe(earDelayFrames(48_000));
      for (let index = 0; index < 6; index++) expect(lap(index)).toEqual(render.submitted);
      render.close();
    },
  );

  scenario('leaves it so even when the codec turns the sound down [WRT-OVR-001]', (lab) => {
    const machine = backend.boot(lab);
    const { inBuffer, lap, render } = goRound(machine);
    render.setState(KSSTATE.RUN);
    machine.runFor(60 * MS);
    const { registers } = machine.device;
    registers.write(ICOI, 4, SIX_DB_DOWN);
    registers.write(ICIS, 2, 1);
    machine.runFor(200 * MS);
    backend.hearOut(machine);
    expect(inBuffer()).toEqual(render.submitted);
    // It is turned down, and all of it by as much: each lap is heard like the one before.
    expect(lap(0)).toEqual(render.submitted);
    expect(lap(3)).toHaveLength(render.buffer.actualBytes);
    expect(lap(3)).not.toEqual(render.submitted);
    expect(lap(4)).toEqual(lap(3));
    render.close();
  });
});

describe('a clean run', () => {
  scenario(
    'calls the driver for positions only, copies no sound, and is never interrupted [WRT-OVR-001 WRT-OVR-002 WRT-OVR-003 WRT-OVR-008 WRT-HWL-005 VER-MAP-010]',
    () => {
      // The calls into the driver that reach for memory show where it looks.
      const viewed: [number, number][] = [];
      const driver = bentHdaDriver({
        wdk: (real) => ({
          viewAt: (address, length) => {
            viewed.push([address, length]);
            return real.viewAt(address, length);
          },
        }),
      });
      const file = wavOf(2000);
      const session = new PlaySession({ file, device, driver, bufferMs: 20, position: 'property' });
      session.step();
      viewed.length = 0;
      const { storage, byteCount, mappings } = openMdl(session.machine);
      expect(mappings.map(({ mode }) => mode)).toEqual(['user']);
      while (!session.step()) expect(viewed).toEqual([]);
      const touches = viewed.filter(
        ([at, length]) => at < storage + byteCount && at + length > storage,
      );
      expect(touches).toEqual([]);
      const report = session.finish(0);
      expect(Object.keys(report.callsWhileRunning)).toEqual(['IMiniportWaveRTStream.GetPosition']);
      expect(report.callsWhileRunning).toEqual({
        'IMiniportWaveRTStream.GetPosition': report.wakeUps,
      });
      expect(report).toMatchObject({
        frames: 96_000,
        heardFrames: 96_000,
        bitExact: true,
        glitches: 0,
        bytesCopiedByDriverStack: 0,
        findings: [],
        leaks: [],
      });
      expect(report.delayFrames).toBe(report.latency.totalFrames);
    },
  );
});

describe('a FIFO error', () => {
  scenario(
    'interrupts once, is counted by the driver, and is one silent frame at the ear [WRT-LAT-012]',
    (lab) => {
      const prints: string[] = [];
      const driver = bentHdaDriver({ wdk: () => ({ DbgPrint: (text) => prints.push(text) }) });
      const machine = bootHda(lab, { driver });
      const render = machine.openRender({ bufferMs: 100 });
      const ear = new EarRecorder();
      machine.device.speaker.sink = ear;
      render.write(noise(render.format, 4800));
      render.setState(KSSTATE.RUN);
      machine.runFor(20 * MS);
      const before = machine.machine.interruptsDelivered;
      machine.device.injectFifoError(OUTPUT_STREAM);
      machine.runFor(60 * MS);
      expect(machine.machine.interruptsDelivered).toBe(before + 1);
      // 20 ms after RUN, the frame that leaves the FIFO next is lost.
      const lost = (960 - fifoFrames(48_000)) * 4;
      const expected = render.submitted
        .slice(0, (80 * 48 - HARDWARE_FRAMES) * 4)
        .fill(0, lost, lost + 4);
      expect(firstMismatch(ear.heard(), expected, HARDWARE_FRAMES)).toBeNull();
      render.close();
      expect(prints.some((text) => /FIFO errors 1, descriptor errors 0/.test(text))).toBe(true);
    },
  );

  for (const count of [1, 3]) {
    scenario(`in a recording, ${count} of them, is a gap and nothing else in the report`, () => {
      let frame = 0;
      const report = play({}, (played) => {
        if (!(played instanceof HdaController)) throw new Error('no HD Audio controller');
        for (let error = 0; error < count; error++) played.injectFifoError(OUTPUT_STREAM);
        // The client's silence came first: 20 ms less what FIFO and codec hold. What is in the
        // codec is safe.
        frame = played.speaker.heardFrames + CODEC_FRAMES - (960 - HARDWARE_FRAMES);
      });
      expect(report.glitchList).toEqual([{ atFrame: frame, frames: count, cause: 'FIFO empty' }]);
      expect(report).toMatchObject({
        bitExact: false,
        firstDifference: frame,
        frames: 96_000,
        heardFrames: 96_000,
        interrupts: count,
        findings: [],
        leaks: [],
      });
    });
  }
});

describe('a jack', () => {
  scenario(
    'that is pulled out leaves silence from that frame on, and the stream in peace',
    (lab) => {
      const machine = bootHda(lab);
      const render = machine.openRender({ bufferMs: 100 });
      const ear = new EarRecorder();
      const { speaker } = machine.device;
      speaker.sink = ear;
      render.write(noise(render.format, 4800));
      render.setState(KSSTATE.RUN);
      machine.runFor(20 * MS);
      speaker.jackPresent = false;
      machine.runFor(30 * MS);
      expect(render.pin.readPosition()).toBe(0);
      expect(render.pin.playOffset).toBe((2400 - HARDWARE_FRAMES) * 4);
      speaker.jackPresent = true;
      machine.runFor(40 * MS);
      const expected = render.submitted.slice(0, (90 * 48 - HARDWARE_FRAMES) * 4);
      expected.fill(0, (960 - HARDWARE_FRAMES) * 4, (2400 - HARDWARE_FRAMES) * 4);
      expect(firstMismatch(ear.heard(), expected, HARDWARE_FRAMES)).toBeNull();
      render.close();
    },
  );
});
