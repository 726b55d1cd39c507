/** The cyclic buffer is what it claims to be: pages here and there, zeroed, within reach. */
import { describe, expect } from 'vitest';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import { TamperedDevice } from '../../src/drivers/hda/tampered-device.test-support.ts';
import { PAGE_SIZE } from '../../src/kernel/memory/page.ts';
import type { PhysicalRange } from '../../src/kernel/memory/physical-ranges.ts';
import { HDA_STREAM_BASE, HDA_STREAM_STRIDE } from '../../src/standards/hda/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_INSUFFICIENT_RESOURCES } from '../../src/standards/nt/ntstatus.ts';
import { EarRecorder, formatOf, noise, scenario } from '../../src/testing/index.ts';
import { firstMismatch } from '../../src/testing/matchers.ts';
import {
  bootHda,
  CODEC_FRAMES,
  fifoFrames,
  HdaStream,
  MS,
  OUTPUT_STREAM,
  openMdl,
  STREAM_PIN,
} from '../support/hda-machine.ts';

const FOUR_GIB = 0x1_0000_0000;
const MIB = 0x10_0000;
const BDPL = HDA_STREAM_BASE + OUTPUT_STREAM * HDA_STREAM_STRIDE + 0x18;

const places: readonly [string, readonly PhysicalRange[]][] = [
  ['all above 4 GiB', [{ base: FOUR_GIB, bytes: 16 * MIB }]],
  ['as high as 52 bits reach', [{ base: 2 ** 52 - 16 * MIB, bytes: 16 * MIB }]],
  [
    'on both sides of 4 GiB',
    [
      { base: FOUR_GIB - 64 * MIB, bytes: 8 * MIB },
      { base: FOUR_GIB, bytes: 8 * MIB },
    ],
  ],
  [
    'in many small pieces',
    Array.from({ length: 32 }, (_, index) => ({ base: (3 + index) * 128 * MIB, bytes: MIB / 4 })),
  ],
];

describe('the pages of a cyclic buffer', () => {
  for (const [where, ranges] of places) {
    scenario(
      `are scattered, and sound comes through bit for bit, with RAM ${where} [WRT-MDL-008 WRT-MDL-009 WRT-BUF-020 VER-MDL-010]`,
      (lab) => {
        const machine = bootHda(lab, { ranges });
        const format = formatOf({ bits: 24, channels: 6, sampleRate: 96_000 });
        const stream = new HdaStream(machine, format, { bufferMs: 100, soundMs: 350 });
        machine.runFor(MS);
        const { contiguousRuns, pageCount, pages } = openMdl(machine.machine);
        expect(pageCount).toBe(Math.ceil(stream.buffer.actualBytes / PAGE_SIZE));
        expect(contiguousRuns).toBeGreaterThan(1);
        for (const page of pages) {
          const isInstalled = ranges.some(
            ({ base, bytes }) => page >= base && page + PAGE_SIZE <= base + bytes,
          );
          expect(isInstalled, page.toString(16)).toBe(true);
        }
        expect(stream.playOut().ledger.isBitExact).toBe(true);
      },
    );
  }

  scenario('hold zeros, whatever was in them before [WRT-MDL-037]', (lab) => {
    const machine = bootHda(lab, { ramBytes: 2 * MIB });
    const { bytes } = machine.machine.kernel.ram;
    for (let round = 0; round < 4; round++) {
      const render = machine.openRender({ bufferBytes: 1000 * 1000 });
      const mdl = openMdl(machine.machine);
      const view = bytes.subarray(mdl.storage, mdl.storage + mdl.byteCount);
      expect(view.every((byte) => byte === 0)).toBe(true);
      view.fill(0xa5);
      render.close();
    }
  });

  scenario(
    'are the client view, from its first byte to its last [WRT-BUF-018 WRT-BUF-030]',
    (lab) => {
      const machine = bootHda(lab);
      const render = machine.openRender({ bufferBytes: 5 * PAGE_SIZE });
      const { kernel } = machine.machine;
      const ear = new EarRecorder();
      machine.device.speaker.sink = ear;
      render.write(noise(render.format, (5 * PAGE_SIZE) / 4));
      // By physical address, page for page, the device finds what the client wrote.
      const pages = openMdl(machine.machine).pages;
      pages.forEach((page, index) => {
        const at = kernel.memory.frames.resolve(page);
        const seen = kernel.ram.bytes.slice(at, at + PAGE_SIZE);
        expect(seen).toEqual(render.submitted.slice(index * PAGE_SIZE, (index + 1) * PAGE_SIZE));
      });
      render.setState(KSSTATE.RUN);
      machine.runFor(150 * MS);
      const delayFrames = fifoFrames(48_000) + CODEC_FRAMES;
      expect(firstMismatch(ear.heard(), render.submitted, delayFrames)).toBeNull();
      render.close();
    },
  );
});

describe('a controller that reaches 32 bits only', () => {
  const device = (slot: ConstructorParameters<typeof TamperedDevice>[0]): TamperedDevice =>
    new TamperedDevice(slot, { reads: { GCAP: (value) => value & ~1 } });

  scenario('gets pages, list and rings below 4 GiB [WRT-MDL-008 VER-DMA-005]', (lab) => {
    const machine = lab.boot({ device, driver: hdaDriver });
    const render = machine.openRender({ bufferBytes: MIB });
    for (const page of openMdl(machine.machine).pages) expect(page).toBeLessThan(FOUR_GIB);
    const { registers } = machine.device;
    for (const upperBase of [0x44, 0x54, BDPL + 4]) expect(registers.read(upperBase, 4)).toBe(0);
    for (const lowerBase of [0x40, 0x50, BDPL]) expect(registers.read(lowerBase, 4)).not.toBe(0);
    const ear = new EarRecorder();
    machine.device.model.speaker.sink = ear;
    const frames = MIB / 4;
    render.write(noise(render.format, frames));
    render.setState(KSSTATE.RUN);
    machine.runFor((frames / 48) * MS + MS);
    const delayFrames = fifoFrames(48_000) + CODEC_FRAMES;
    expect(firstMismatch(ear.heard(), render.submitted, delayFrames)).toBeNull();
    render.close();
  });

  scenario('has no buffer where all RAM is above, and says so [WRT-BUF-026]', (lab) => {
    const ranges = [{ base: FOUR_GIB, bytes: 16 * MIB }];
    const machine = lab.boot({ device, driver: hdaDriver, ranges });
    const filter = machine.openFilter();
    const pin = filter.openPin(STREAM_PIN, formatOf({}));
    expect(pin.tryAllocateBuffer(3840).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
    pin.close();
    filter.close();
  });
});
