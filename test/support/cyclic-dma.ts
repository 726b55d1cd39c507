/** What tests of adapter objects do with one: get it, map buffers, and look as the device does. */
import { expect } from 'vitest';
import { virtual } from '../../src/base/brand.ts';
import type { LockedBuffer } from '../../src/kernel/memory/locked-buffer.ts';
import {
  type DEVICE_DESCRIPTION,
  type DmaAdapter,
  type Mdl,
  Out,
  PCIBus,
  type ScatterGatherList,
} from '../../src/portcls/ddi/index.ts';
import type { Lab } from '../../src/testing/index.ts';
import { bootPlain, type PlainMachine } from './plain-machine.ts';

export const FOUR_GIB = 2 ** 32;
export const SIXTEEN_MIB = 2 ** 24;
export const EVERYWHERE = 2 ** 52 - 1;
export const PAGE = 4096;
/** 4 MiB, a third of it above 4 GiB on the bus. */
const SMALL_RAM = 0x40_0000;
export const NO_MAP_REGISTERS = { dma: { mapRegisters: 0 } };

const description = (wanted: Partial<DEVICE_DESCRIPTION>): DEVICE_DESCRIPTION => ({
  version: 0,
  master: true,
  scatterGather: true,
  demandMode: false,
  autoInitialize: false,
  dma32BitAddresses: false,
  ignoreCount: false,
  dma64BitAddresses: false,
  dmaChannel: 0,
  interfaceType: PCIBus,
  dmaWidth: -1,
  dmaSpeed: -1,
  maximumLength: 16 * PAGE,
  dmaPort: 0,
  dmaAddressWidth: 0,
  ...wanted,
});

export function tryAdapter(machine: PlainMachine, wanted: Partial<DEVICE_DESCRIPTION>) {
  const { physicalDevice, wdk } = machine.driver;
  if (physicalDevice === null) throw new Error('no PDO');
  const registers = new Out(0);
  const adapter = wdk.IoGetDmaAdapter(physicalDevice, description(wanted), registers);
  return { adapter, registers: registers.value };
}

export function adapterFor(
  machine: PlainMachine,
  wanted: Partial<DEVICE_DESCRIPTION> = {},
): DmaAdapter {
  const { adapter } = tryAdapter(machine, wanted);
  if (adapter === null) throw new Error('no adapter object');
  return adapter;
}

export function pagesIn(machine: PlainMachine, low: number, high: number, pages: number): Mdl {
  const { memory } = machine.kernel;
  const mdl = memory.MmAllocatePagesForMdl(low, high, 0, pages * PAGE, 'test');
  if (mdl?.pageCount !== pages) throw new Error('no pages');
  const bytes = memory.ram.bytes.subarray(mdl.storage, mdl.storage + mdl.byteCount);
  bytes.forEach((_byte, at) => {
    bytes[at] = (at * 7 + (at >> 8)) & 0xff;
  });
  return mdl;
}

export const highPages = (machine: PlainMachine, pages: number): Mdl =>
  pagesIn(machine, FOUR_GIB, EVERYWHERE, pages);

/** What `map` is told of a transfer beside the buffer. */
interface Transfer {
  readonly offset?: number;
  readonly length?: number;
  readonly writeToDevice?: boolean;
}

/** GetScatterGatherList at DISPATCH_LEVEL; lists arrive in `lists`. */
export function map(
  machine: PlainMachine,
  adapter: DmaAdapter,
  buffer: Mdl | LockedBuffer,
  { offset = 0, length = buffer.byteCount - offset, writeToDevice = true }: Transfer = {},
) {
  const lists: ScatterGatherList[] = [];
  const { physicalDevice } = machine.driver;
  if (physicalDevice === null) throw new Error('no PDO');
  const start = 'storage' in buffer ? buffer.storage : buffer.address;
  const status = atDispatch(machine, () =>
    adapter.getScatterGatherList(
      physicalDevice,
      buffer,
      virtual(start + offset),
      length,
      (_device, list) => lists.push(list),
      null,
      writeToDevice,
    ),
  );
  return { status, lists };
}

export function put(
  machine: PlainMachine,
  adapter: DmaAdapter,
  list: ScatterGatherList | undefined,
  writeToDevice = true,
): void {
  if (list === undefined) throw new Error('no list');
  atDispatch(machine, () => adapter.putScatterGatherList(list, writeToDevice));
}

export function atDispatch<T>(machine: PlainMachine, body: () => T): T {
  const { irql } = machine.kernel;
  const old = irql.raise(2);
  const result = body();
  irql.lower(old);
  return result;
}

/** The bytes that a bus master finds, going through the elements. */
export function seenByDevice(machine: PlainMachine, list: ScatterGatherList): Uint8Array {
  const bus = machine.kernel.memory.dmaMemory('card');
  const seen: number[] = [];
  for (const { address, length } of list.elements) {
    for (let at = 0; at < length; at++)
      seen.push(bus.bytes[bus.resolve(address + at, 'read')] ?? 0);
  }
  return Uint8Array.from(seen);
}

export const contents = (machine: PlainMachine, mdl: Mdl, offset = 0, length = mdl.byteCount) =>
  machine.kernel.ram.bytes.slice(mdl.storage + offset, mdl.storage + offset + length);

/** The machine stops with the code of a driver's mistake. */
export function expectViolation(
  lab: Lab,
  code: string,
  body: (machine: PlainMachine) => void,
): void {
  const machine = bootPlain(lab, {}, { ramBytes: SMALL_RAM });
  expect(() => body(machine)).toThrow(`DRIVER_VERIFIER_DMA_VIOLATION (0xE6) (${code},`);
  machine.lab.isAbandoned = true;
}
