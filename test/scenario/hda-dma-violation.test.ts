/** DMA into pages that nobody gave to the device stops the machine, with the address. */
import { describe, expect } from 'vitest';
import { physical } from '../../src/base/brand.ts';
import { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { BugCheck, DRIVER_VERIFIER_DMA_VIOLATION } from '../../src/kernel/bug-check.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { PAGE_SIZE } from '../../src/kernel/memory/page.ts';
import { PAGE_FREE } from '../../src/kernel/memory/page-run.ts';
import { NonPagedPoolNx } from '../../src/kernel/memory/pool.ts';
import type { IPortWaveRTStream, Wdk } from '../../src/portcls/ddi/index.ts';
import { HDA_STREAM_BASE, HDA_STREAM_STRIDE, SDCTL } from '../../src/standards/hda/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  EarRecorder,
  type Lab,
  type LabMachine,
  noise,
  scenario,
} from '../../src/testing/index.ts';
import { firstMismatch } from '../../src/testing/matchers.ts';
import { type Bends, bentHdaDriver } from '../support/bent-hda-driver.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS, OUTPUT_STREAM } from '../support/hda-machine.ts';

/** First parameter of the bug check: an access that the IOMMU refused. */
const REFUSED = 0x26;
const DEVICE = 1;
const READ = 0;
const CTL = HDA_STREAM_BASE + OUTPUT_STREAM * HDA_STREAM_STRIDE;

/** The bug check that `act` ends in; the machine is beyond shutting down after it. */
function bugCheckOf(machine: LabMachine<HdaController>, act: () => void): BugCheck {
  machine.isAbandoned = true;
  try {
    act();
  } catch (error) {
    if (error instanceof BugCheck) return error;
    throw error;
  }
  throw new Error('the machine runs on');
}

/** A buffer of five pages, of which the driver is told that the fourth lies elsewhere. */
const BUFFER_BYTES = 5 * PAGE_SIZE;
const FRAME_BYTES = 4;
const WRONG_PAGE = 3;

type Elsewhere = (kernel: Kernel, pages: readonly number[]) => number;

/** Boots with that driver, plays, and gives the bug check, the address, and what the ear got. */
function playElsewhere(lab: Lab, elsewhere: Elsewhere) {
  let kernel: Kernel | null = null;
  let address = Number.NaN;
  const bends: Bends = {
    portStream: (real) => ({
      getPhysicalPageAddress: (mdl, index) => {
        const right = real.getPhysicalPageAddress(mdl, index);
        if (index !== WRONG_PAGE || kernel === null) return right;
        address = elsewhere(kernel, Array.from(mdl.pages));
        return physical(address);
      },
    }),
  };
  const machine = bootHda(lab, { driver: bentHdaDriver(bends) });
  kernel = machine.machine.kernel;
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  const render = machine.openRender({ bufferBytes: BUFFER_BYTES });
  render.write(noise(render.format, BUFFER_BYTES / FRAME_BYTES));
  const check = bugCheckOf(machine, () => {
    render.setState(KSSTATE.RUN);
    for (let step = 0; step < 1000; step++) machine.runFor(MS / 10);
  });
  return { address, check, ear, render };
}

/** Once the engine runs, no write to the byte that holds RUN and SRST reaches it. */
function withoutStop(real: Wdk): Partial<Wdk> {
  let control = 0;
  let isRunning = false;
  return {
    MmMapIoSpace: (address, bytes, cacheType) => {
      const base = real.MmMapIoSpace(address, bytes, cacheType);
      control = (base ?? 0) + CTL;
      return base;
    },
    WRITE_REGISTER_UCHAR: (register, value) => {
      if (register === control && isRunning) return;
      isRunning ||= register === control && (value & SDCTL.RUN) !== 0;
      real.WRITE_REGISTER_UCHAR(register, value);
    },
  };
}

describe('a page that nobody gave to the device', () => {
  const wrong: readonly [string, Elsewhere, RegExp][] = [
    [
      'a free page beside its own',
      ({ memory }, pages) => {
        const address = (pages[WRONG_PAGE] ?? 0) + PAGE_SIZE;
        expect(memory.frames.useAt(address)).toBe(PAGE_FREE);
        return address;
      },
      /free page/,
    ],
    [
      'a page of pool',
      ({ memory, pool }) => {
        const block = pool.ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, 'Lost');
        if (block === null) throw new Error('no pool');
        return memory.MmGetPhysicalAddress(block);
      },
      /pool page/,
    ],
    ['an address without RAM', () => 0xe000_0000, /no RAM/],
    ['an address beyond all RAM', () => 2 ** 51, /no RAM/],
    [
      'the page that follows the first, as if the buffer were one run',
      (_kernel, pages) => (pages[0] ?? 0) + WRONG_PAGE * PAGE_SIZE,
      /free page|no RAM/,
    ],
  ];
  for (const [what, elsewhere, found] of wrong) {
    scenario(`stops DMA where it begins: ${what} [WRT-MDL-035 VER-DMA-001]`, (lab) => {
      const { address, check, ear, render } = playElsewhere(lab, elsewhere);
      expect(check.code).toBe(DRIVER_VERIFIER_DMA_VIOLATION);
      expect(check.parameters).toEqual([REFUSED, DEVICE, address, READ]);
      expect(check.detail).toMatch(found);
      expect(check.detail).toContain(address.toString(16));
      // The three pages before were fetched, and what left FIFO and codec was right.
      const fetched = (WRONG_PAGE * PAGE_SIZE) / FRAME_BYTES;
      const delayFrames = fifoFrames(render.format.rateHz) + CODEC_FRAMES;
      const heard = ear.heard();
      const soundFrames = heard.frames - delayFrames;
      expect(soundFrames).toBeGreaterThan(fetched - delayFrames - 5);
      expect(soundFrames).toBeLessThanOrEqual(fetched - CODEC_FRAMES);
      const right = render.submitted.subarray(0, soundFrames * FRAME_BYTES);
      expect(firstMismatch(heard, right, delayFrames)).toBeNull();
    });
  }

  scenario('stops the fetch of a descriptor list at RUN', (lab) => {
    const bend = (real: IPortWaveRTStream): Partial<IPortWaveRTStream> => ({
      getPhysicalPageAddress: (mdl, index) => {
        const right = real.getPhysicalPageAddress(mdl, index);
        return mdl.pageCount === 1 ? physical(right - PAGE_SIZE) : right;
      },
    });
    const machine = bootHda(lab, { driver: bentHdaDriver({ portStream: bend }) });
    const render = machine.openRender({ bufferBytes: BUFFER_BYTES });
    expect(render.setState(KSSTATE.PAUSE)).toBe(0);
    const check = bugCheckOf(machine, () => render.setState(KSSTATE.RUN));
    expect(check.code).toBe(DRIVER_VERIFIER_DMA_VIOLATION);
    expect(check.timeNs).toBe(machine.machine.now);
  });

  scenario(
    'is what the buffer becomes under a driver that frees it and runs on [VER-DMA-003]',
    (lab) => {
      const machine = bootHda(lab, { driver: bentHdaDriver({ wdk: withoutStop }) });
      const render = machine.openRender({ bufferBytes: BUFFER_BYTES });
      render.setState(KSSTATE.RUN);
      machine.runFor(MS);
      const check = bugCheckOf(machine, () => {
        render.close();
        machine.runFor(50 * MS);
      });
      expect(check.code).toBe(DRIVER_VERIFIER_DMA_VIOLATION);
      expect(check.detail).toMatch(/audio device tried to read .* a free page/);
    },
  );
});

describe('registers written by hand', () => {
  scenario('lead DMA no further than the pages that devices were given', (lab) => {
    const machine = bootHda(lab);
    const { registers } = new HdaController({
      clock: machine.machine.clock,
      trace: machine.machine.trace,
      memory: machine.machine.kernel.memory.dmaMemory('bare device'),
      interrupt: { assert: () => undefined, deassert: () => undefined },
    });
    registers.write(0x08, 4, 1);
    const check = bugCheckOf(machine, () => {
      registers.write(CTL + 0x0c, 2, 1);
      registers.write(CTL + 0x18, 4, 0x20_0000);
      registers.write(CTL, 1, SDCTL.RUN);
    });
    expect(check.code).toBe(DRIVER_VERIFIER_DMA_VIOLATION);
    expect(check.parameters).toEqual([REFUSED, 2, 0x20_0000, READ]);
  });
});
