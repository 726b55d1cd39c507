/** The cyclic buffer is what it claims to be: pages here and there, zeroed, within reach. */
import { expect } from 'vitest';
import type { DeviceSlot } from '../../src/hardware/device.ts';
import { PAGE_SIZE } from '../../src/kernel/memory/page.ts';
import type { AudioDevice } from '../../src/machine/devices.ts';
import {
  GCAP,
  HDA_CONTROLLER_REGISTERS,
  HDA_STREAM_BASE,
  HDA_STREAM_STRIDE,
} from '../../src/standards/hda/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_INSUFFICIENT_RESOURCES } from '../../src/standards/nt/ntstatus.ts';
import { formatOf, noise, scenario } from '../../src/testing/index.ts';
import { firstMismatch } from '../../src/testing/matchers.ts';
import { describeBackends, earOf } from '../support/backends.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { HdaStream, MS, OUTPUT_STREAM, openMdl, STREAM_PIN } from '../support/hda-machine.ts';

const FOUR_GIB = 0x1_0000_0000;
const MIB = 0x10_0000;
const BDPL = HDA_STREAM_BASE + OUTPUT_STREAM * HDA_STREAM_STRIDE + 0x18;

describeBackends('the pages of a cyclic buffer', 'hda', (backend) => {
  const { channels, earDelayFrames, ramPlaces, samples } = hdaFacts(backend);
  const widest = { ...samples[2], channels: channels.at(5) ?? 2, sampleRate: 96_000 };

  for (const [where, ranges] of ramPlaces) {
    scenario(
      `are scattered, and sound comes through bit for bit, with RAM ${where} [WRT-MDL-008 WRT-MDL-009 WRT-BUF-020 VER-MDL-010]`,
      (lab) => {
        const machine = backend.boot(lab, { ranges });
        const format = formatOf(widest);
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
    const machine = backend.boot(lab, { ramBytes: 2 * MIB });
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
      const machine = backend.boot(lab);
      const render = machine.openRender({ bufferBytes: 5 * PAGE_SIZE });
      const { kernel } = machine.machine;
      const ear = earOf(machine);
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
      backend.hearOut(machine);
      const delayFrames = earDelayFrames(48_000);
      expect(firstMismatch(ear.heard(), render.submitted, delayFrames)).toBeNull();
      render.close();
    },
  );
});

/** The device with a GCAP that says that it cannot reach beyond 4 GiB. */
function reaching32Bits(device: AudioDevice): AudioDevice {
  const { identity, lineIn, registers, speaker } = device;
  return {
    identity,
    lineIn,
    speaker,
    registers: {
      sizeBytes: registers.sizeBytes,
      read: (offset, width) => {
        const value = registers.read(offset, width);
        return offset === HDA_CONTROLLER_REGISTERS.GCAP.offset ? value & ~GCAP.OK64 : value;
      },
      write: (offset, width, value) => registers.write(offset, width, value),
    },
    settle: () => device.settle(),
    powerOff: () => device.powerOff(),
    get untoldDelayNs() {
      return device.untoldDelayNs ?? 0;
    },
  };
}

describeBackends('a controller that reaches 32 bits only', 'hda', (backend) => {
  const device = (slot: DeviceSlot): AudioDevice => reaching32Bits(backend.kind.create(slot));

  scenario('gets pages, list and rings below 4 GiB [WRT-MDL-008 VER-DMA-005]', (lab) => {
    const machine = backend.boot(lab, { device });
    const ear = earOf(machine);
    const render = machine.openRender({ bufferBytes: MIB / 4 });
    for (const page of openMdl(machine.machine).pages) expect(page).toBeLessThan(FOUR_GIB);
    const { registers } = machine.device;
    for (const upperBase of [0x44, 0x54, BDPL + 4]) expect(registers.read(upperBase, 4)).toBe(0);
    for (const lowerBase of [0x40, 0x50, BDPL]) expect(registers.read(lowerBase, 4)).not.toBe(0);
    const frames = MIB / 16;
    render.write(noise(render.format, frames));
    render.setState(KSSTATE.RUN);
    machine.runFor(Math.ceil(frames / 48) * MS + MS);
    backend.hearOut(machine);
    const delayFrames = hdaFacts(backend).earDelayFrames(48_000);
    expect(firstMismatch(ear.heard(), render.submitted, delayFrames)).toBeNull();
    render.close();
  });

  scenario('has no buffer where all RAM is above, and says so [WRT-BUF-026]', (lab) => {
    const machine = backend.boot(lab, {
      device,
      ranges: [{ base: FOUR_GIB, bytes: 16 * MIB }],
    });
    const filter = machine.openFilter();
    const pin = filter.openPin(STREAM_PIN, formatOf({}));
    expect(pin.tryAllocateBuffer(3840).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
    pin.close();
    filter.close();
  });
});
