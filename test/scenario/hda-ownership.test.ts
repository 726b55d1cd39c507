/**
 * Whose the pages and the engine are, and when: the engine is led to exactly the buffer's pages
 * before RUN, and is stopped and led away from them before they are anybody else's. What the
 * driver says of its latency is held against what the ear hears.
 */
import { describe, expect, vi } from 'vitest';
import { readU64 } from '../../src/base/struct.ts';
import { HdaAdapter } from '../../src/drivers/hda/hda-adapter.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { BugCheck, DRIVER_VERIFIER_DMA_VIOLATION } from '../../src/kernel/bug-check.ts';
import { PAGE_SIZE } from '../../src/kernel/memory/page.ts';
import type { Wdk } from '../../src/portcls/ddi/index.ts';
import {
  BDL_ENTRY_BYTES,
  HDA_STREAM_BASE,
  HDA_STREAM_REGISTERS,
  HDA_STREAM_STRIDE,
  SDCTL,
} from '../../src/standards/hda/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { formatOf, type LabMachine, scenario } from '../../src/testing/index.ts';
import { bentHdaDriver } from '../support/bent-hda-driver.ts';
import {
  bootHda,
  CODEC_FRAMES,
  fifoFrames,
  HdaStream,
  MS,
  OUTPUT_STREAM,
  openMdl,
} from '../support/hda-machine.ts';

const STREAM = HDA_STREAM_BASE + OUTPUT_STREAM * HDA_STREAM_STRIDE;
const { BDPL, BDPU, CBL, CTL, LVI } = HDA_STREAM_REGISTERS;

type Machine = LabMachine<HdaController>;

const read = ({ device }: Machine, { offset, bytes }: { offset: number; bytes: 1 | 2 | 4 }) =>
  device.registers.read(STREAM + offset, bytes);

/** Physical addresses of all bytes that the engine would go round, by pages. */
function listedPages(machine: Machine): number[] {
  const list = read(machine, BDPU) * 2 ** 32 + read(machine, BDPL);
  const { frames, ram } = machine.machine.kernel.memory;
  const at = frames.resolveForDevice(list);
  const pages = new Set<number>();
  let total = 0;
  for (let entry = 0; entry <= read(machine, LVI); entry++) {
    const address = readU64(ram.view, at + entry * BDL_ENTRY_BYTES);
    const bytes = ram.view.getUint32(at + entry * BDL_ENTRY_BYTES + 8, true);
    for (let byte = 0; byte < bytes; byte += 128) {
      pages.add(address + byte - ((address + byte) % PAGE_SIZE));
    }
    total += bytes;
  }
  expect(total).toBe(read(machine, CBL));
  return [...pages];
}

describe('the engine and the pages', () => {
  scenario('belong together from the allocation on, page by page [WRT-BUF-017]', (lab) => {
    const machine = bootHda(lab);
    for (const bufferBytes of [1920, 4096, 5 * PAGE_SIZE, 100_000]) {
      const render = machine.openRender({ bufferBytes });
      expect(listedPages(machine)).toEqual([...openMdl(machine.machine).pages]);
      expect(read(machine, CBL)).toBe(render.buffer.actualBytes);
      render.close();
    }
  });

  scenario('an engine that nobody led to its buffer stops at RUN [WRT-BUF-017]', (lab) => {
    let isDeaf = false;
    let stream = 0;
    const wdk = (real: Wdk): Partial<Wdk> => ({
      MmMapIoSpace: (address, bytes, cacheType) => {
        const base = real.MmMapIoSpace(address, bytes, cacheType);
        stream = (base ?? 0) + STREAM;
        return base;
      },
      WRITE_REGISTER_ULONG: (register, value) => {
        const isPointer = register === stream + BDPL.offset || register === stream + BDPU.offset;
        if (!isDeaf || !isPointer) real.WRITE_REGISTER_ULONG(register, value);
      },
    });
    const machine = bootHda(lab, { driver: bentHdaDriver({ wdk }) });
    isDeaf = true;
    const render = machine.openRender({});
    machine.isAbandoned = true;
    let check: unknown = null;
    try {
      render.setState(KSSTATE.RUN);
      machine.runFor(20 * MS);
    } catch (error) {
      check = error;
    }
    expect(check).toBeInstanceOf(BugCheck);
    expect((check as BugCheck).code).toBe(DRIVER_VERIFIER_DMA_VIOLATION);
  });

  for (const ending of ['closed', 'killed'] as const) {
    scenario(
      `part in order when a running stream is ${ending}: DMA stops, the pages go, and then the engine [WRT-PIN-012]`,
      (lab) => {
        const events: string[] = [];
        let isClosing = false;
        const engineState = (): string => {
          const isRunning = (read(machine, { offset: CTL.offset, bytes: 1 }) & SDCTL.RUN) !== 0;
          const isLed = read(machine, BDPL) !== 0 || read(machine, BDPU) !== 0;
          return `${isRunning ? 'running' : 'stopped'}, ${isLed ? 'led' : 'not led'}`;
        };
        const driver = bentHdaDriver({
          portStream: (real) => ({
            freePagesFromMdl: (mdl) => {
              if (isClosing) events.push(`free pages: ${engineState()}`);
              real.freePagesFromMdl(mdl);
            },
          }),
        });
        const machine = bootHda(lab, { driver });
        const giveBack = HdaAdapter.prototype.releaseEngine;
        const spy = vi.spyOn(HdaAdapter.prototype, 'releaseEngine');
        spy.mockImplementation(function (this: HdaAdapter, engine) {
          events.push(`free engine: ${engineState()}`);
          giveBack.call(this, engine);
        });
        const render = machine.openRender({});
        expect(render.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
        machine.runFor(5 * MS);
        expect(engineState()).toBe('running, led');
        isClosing = true;
        if (ending === 'closed') render.close();
        else machine.client.process.terminate();
        spy.mockRestore();
        expect(events).toEqual([
          // The list of descriptors, and the sound.
          'free pages: stopped, not led',
          'free pages: stopped, not led',
          'free engine: stopped, not led',
        ]);
      },
    );
  }
});

describe('the latency that the driver states', () => {
  for (const sampleRate of [44_100, 48_000, 192_000]) {
    scenario(
      `is the FIFO of the controller and the pipeline of the codec at ${sampleRate} Hz [WRT-LAT-003]`,
      (lab) => {
        const machine = bootHda(lab);
        const format = formatOf({ sampleRate });
        const stream = new HdaStream(machine, format, { bufferMs: 10, soundMs: 50 });
        const { latency, ledger, pin } = stream;
        expect(latency.fifoBytes).toBe(fifoFrames(sampleRate) * pin.frameBytes);
        const codecFrames = (latency.codecDelay100ns * sampleRate) / 1e7;
        expect(codecFrames).toBeCloseTo(CODEC_FRAMES, 1);
        stream.playOut();
        // The client's first frame has its lead before it, and what the hardware holds.
        const held = (ledger.delayFrames ?? 0) - stream.leadFrames;
        expect(held).toBe(latency.fifoBytes / pin.frameBytes + Math.round(codecFrames));
      },
    );
  }
});
