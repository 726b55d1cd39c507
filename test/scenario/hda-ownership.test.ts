/**
 * Whose the pages and the engine are, and when: the engine is led to exactly the buffer's pages
 * before RUN, and is stopped and led away from them before they are anybody else's. What the
 * driver says of its latency is held against what the ear hears.
 */
import { describe, expect, vi } from 'vitest';
import { readU64 } from '../../src/base/struct.ts';
import { HdaAdapter } from '../../src/drivers/hda/hda-adapter.ts';
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
import { formatOf, scenario } from '../../src/testing/index.ts';
import { describeBackends } from '../support/backends.ts';
import { bentHdaDriver } from '../support/bent-hda-driver.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import {
  bootHda,
  type HdaMachine,
  HdaStream,
  MS,
  OUTPUT_STREAM,
  openMdl,
} from '../support/hda-machine.ts';

const STREAM = HDA_STREAM_BASE + OUTPUT_STREAM * HDA_STREAM_STRIDE;
const { BDPL, BDPU, CBL, CTL, LVI } = HDA_STREAM_REGISTERS;

const read = ({ device }: HdaMachine, { offset, bytes }: { offset: number; bytes: 1 | 2 | 4 }) =>
  device.registers.read(STREAM + offset, bytes);

/** Physical addresses of all bytes that the engine would go round, by pages. */
function listedPages(machine: HdaMachine): number[] {
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

describeBackends('the engine and the pages', 'hda', (backend) => {
  const { resetClears } = hdaFacts(backend);

  scenario('belong together from the allocation on, page by page [WRT-BUF-017]', (lab) => {
    const machine = backend.boot(lab);
    for (const bufferBytes of [1920, 4096, 5 * PAGE_SIZE, 100_000]) {
      const render = machine.openRender({ bufferBytes });
      expect(listedPages(machine)).toEqual([...openMdl(machine.machine).pages]);
      expect(read(machine, CBL)).toBe(render.buffer.actualBytes);
      render.close();
    }
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
        const machine = backend.boot(lab, { driver });
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
        const end = `stopped, ${resetClears ? 'not led' : 'led'}`;
        expect(events).toEqual([
          // The list of descriptors, and the sound.
          `free pages: ${end}`,
          `free pages: ${end}`,
          `free engine: ${end}`,
        ]);
      },
    );
  }
});

describe('an engine without a buffer', () => {
  scenario('that nobody led to one stops the machine at RUN [WRT-BUF-017]', (lab) => {
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
});

describeBackends('the latency that the driver states', 'hda', (backend) => {
  const { codecFrames: inCodec, fifoFrames, ratesHz } = hdaFacts(backend);
  for (const sampleRate of ratesHz.filter((rateHz) => rateHz >= 44_100)) {
    scenario(
      `is the FIFO of the controller and the pipeline of the codec at ${sampleRate} Hz [WRT-LAT-003]`,
      (lab) => {
        const machine = backend.boot(lab);
        const format = formatOf({ sampleRate });
        const bufferMs = backend.bufferMs(10, sampleRate);
        const stream = new HdaStream(machine, format, { bufferMs, soundMs: 50 });
        const { latency, ledger, pin } = stream;
        expect(latency.fifoBytes).toBe(fifoFrames(sampleRate) * pin.frameBytes);
        const codecFrames = (latency.codecDelay100ns * sampleRate) / 1e7;
        expect(codecFrames).toBeCloseTo(inCodec, 1);
        stream.playOut();
        if (!backend.tellsItsDelay) return;
        // The client's first frame has its lead before it, and what the hardware holds.
        const held = (ledger.delayFrames ?? 0) - stream.leadFrames;
        expect(held).toBe(latency.fifoBytes / pin.frameBytes + Math.round(codecFrames));
      },
    );
  }
});
