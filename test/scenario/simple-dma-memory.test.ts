/** Where the buffer of a simple part lies, and what a machine says that has no such memory. */
import { describe, expect } from 'vitest';
import { simpleDmaDriver } from '../../src/drivers/simple-dma/index.ts';
import type { DeviceSlot } from '../../src/hardware/device.ts';
import { SimpleDmaDevice } from '../../src/hardware/index.ts';
import { BugCheck, DRIVER_VERIFIER_DMA_VIOLATION } from '../../src/kernel/bug-check.ts';
import { PAGE_SIZE } from '../../src/kernel/memory/page.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { SIMPLE_DMA_CAP, SIMPLE_DMA_REGISTERS } from '../../src/standards/simple-dma/registers.ts';
import { formatOf, scenario } from '../../src/testing/index.ts';
import { openMdl } from '../support/hda-machine.ts';
import {
  bootSimple,
  CAPTURE_PIN,
  MS,
  Playback,
  RENDER_PIN,
} from '../support/simple-dma-machine.ts';

const MIB = 0x10_0000;
const FOUR_GIB = 0x1_0000_0000;
/** 4 pages here, a page that is not there, 4 pages again. */
const FRAGMENTS = Array.from({ length: 512 }, (_, index) => {
  return { base: MIB + index * 5 * PAGE_SIZE, bytes: 4 * PAGE_SIZE };
});

describe('a part that cannot gather', () => {
  const windows: readonly [string, number, number][] = [
    ['the first 16 MiB', 0, 16 * MIB - 1],
    ['32 bits', 0, FOUR_GIB - 1],
    ['what lies above 4 GiB', FOUR_GIB, 2 ** 44 - 1],
    ['20 to 24 MiB', 20 * MIB, 24 * MIB - 1],
  ];
  for (const [reach, lowAddress, highAddress] of windows) {
    scenario(
      `and reaches ${reach} plays from one run of pages there [WRT-HWL-004 WRT-MDL-013]`,
      (lab) => {
        const machine = bootSimple(lab, { lowAddress, highAddress });
        const playback = new Playback(machine, { bufferMs: 250, soundMs: 600 });
        const { contiguousRuns, pageCount, pages } = openMdl(machine.machine);
        expect(pageCount).toBe(12);
        expect(contiguousRuns).toBe(1);
        for (const page of pages) {
          expect(page).toBeGreaterThanOrEqual(lowAddress);
          expect(page + PAGE_SIZE - 1).toBeLessThanOrEqual(highAddress);
        }
        expect(playback.playOut().ledger.isBitExact).toBe(true);
      },
    );
  }

  scenario(
    'has no buffer of more than a fragment of memory, and leaves nothing [WRT-HWL-004 WRT-MDL-014 WRT-BUF-024 WRT-BUF-026 WRT-BUF-028]',
    (lab) => {
      const machine = bootSimple(lab, {}, {}, { ranges: FRAGMENTS });
      const filter = machine.openFilter();
      for (const pinId of [RENDER_PIN, CAPTURE_PIN]) {
        const pin = filter.openPin(pinId, formatOf({}));
        const before = machine.machine.kernel.memory.outstanding();
        const failed = pin.tryAllocateBuffer(4 * PAGE_SIZE + 4);
        expect(failed).toEqual({ status: STATUS_INSUFFICIENT_RESOURCES, buffer: null });
        expect(machine.machine.kernel.memory.outstanding()).toEqual(before);
        // The stream lives on, and a smaller buffer may be had.
        expect(pin.tryAllocateBuffer(4 * PAGE_SIZE).status).toBe(STATUS_SUCCESS);
        pin.close();
      }
      filter.close();
      expect(new Playback(machine).playOut().ledger.isBitExact).toBe(true);
    },
  );

  scenario('meets its end when its driver believes that it gathers [WRT-HWL-004]', (lab) => {
    class Liar extends SimpleDmaDevice {
      constructor(slot: DeviceSlot) {
        super(slot);
        const { read } = this.registers;
        this.registers.read = (offset, width) => {
          const isCapabilities = offset === SIMPLE_DMA_REGISTERS.CAP.offset;
          return read(offset, width) | (isCapabilities ? SIMPLE_DMA_CAP.GATHERS : 0);
        };
      }
    }
    const machine = lab.boot({ device: (slot) => new Liar(slot), driver: simpleDmaDriver });
    const render = machine.openRender({ bufferBytes: 8 * PAGE_SIZE });
    render.setState(KSSTATE.RUN);
    // The engine takes the list for sound, and after its one page what nobody gave to a device.
    machine.isAbandoned = true;
    let stopped: unknown = null;
    try {
      machine.runFor(100 * MS);
    } catch (error) {
      stopped = error;
    }
    expect(stopped).toBeInstanceOf(BugCheck);
    expect(stopped).toMatchObject({ code: DRIVER_VERIFIER_DMA_VIOLATION });
  });
});

describe('a part that gathers', () => {
  scenario(
    'plays from the fragments that the other cannot use [WRT-MDL-015 WRT-BUF-020]',
    (lab) => {
      const machine = bootSimple(lab, { gathers: true }, {}, { ranges: FRAGMENTS });
      const playback = new Playback(machine, { bufferMs: 250, soundMs: 600 });
      expect(openMdl(machine.machine).contiguousRuns).toBeGreaterThan(2);
      expect(playback.playOut().ledger.isBitExact).toBe(true);
    },
  );

  scenario(
    'has no buffer where its DMA does not reach, and leaves nothing [WRT-BUF-026]',
    (lab) => {
      const traits = { gathers: true, lowAddress: FOUR_GIB, highAddress: 2 ** 44 - 1 };
      const ranges = [
        { base: MIB, bytes: 8 * MIB },
        { base: FOUR_GIB, bytes: 8 * PAGE_SIZE },
      ];
      const machine = bootSimple(lab, traits, {}, { ranges });
      const filter = machine.openFilter();
      const pin = filter.openPin(RENDER_PIN, formatOf({}));
      const before = machine.machine.kernel.memory.outstanding();
      expect(pin.tryAllocateBuffer(MIB).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
      expect(machine.machine.kernel.memory.outstanding()).toEqual(before);
      pin.close();
      filter.close();
    },
  );

  scenario('fails cleanly when its list cannot be mapped [WRT-MDL-019 WRT-BUF-026]', (lab) => {
    const machine = bootSimple(lab, { gathers: true }, {}, { mappingPages: 0 });
    const filter = machine.openFilter();
    const pin = filter.openPin(RENDER_PIN, formatOf({}));
    const before = machine.machine.kernel.memory.outstanding();
    expect(pin.tryAllocateBuffer(3840).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
    expect(machine.machine.kernel.memory.outstanding()).toEqual(before);
    pin.close();
    filter.close();
  });
});

scenario('a buffer is whole frames, and no more than 1 MiB [WRT-BUF-022 WRT-BUF-025]', (lab) => {
  const machine = bootSimple(lab, { gathers: true });
  const filter = machine.openFilter();
  const pin = filter.openPin(RENDER_PIN, formatOf({ bits: 24 }));
  for (const bytes of [0, 7, MIB + 1]) {
    expect(pin.tryAllocateBuffer(bytes).status).toBe(STATUS_UNSUCCESSFUL);
  }
  expect(pin.tryAllocateBuffer(1001).buffer?.actualBytes).toBe(1008);
  pin.close();
  filter.close();
});
