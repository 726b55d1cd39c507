/** IDmaChannel: one common buffer, its sizes, and copies that stay inside it. */
import { expect } from 'vitest';
import { physical, type VirtualAddress, virtual } from '../../src/base/brand.ts';
import {
  type DEVICE_DESCRIPTION,
  type IDmaChannel,
  IID_IDmaChannel,
  IID_IDmaChannelSlave,
  type IUnknown,
  NonPagedPool,
  Out,
  PagedPool,
  PCIBus,
  portClsFunctions,
} from '../../src/portcls/ddi/index.ts';
import {
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { scenario } from '../../src/testing/index.ts';
import { expectInterface, expectSignature, method } from '../support/catalogue-facts.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';

const PAGE = 4096;
const LARGEST = 0x2_0000;

const MASTER: DEVICE_DESCRIPTION = {
  version: 0,
  master: true,
  scatterGather: false,
  demandMode: false,
  autoInitialize: false,
  dma32BitAddresses: true,
  ignoreCount: false,
  dma64BitAddresses: false,
  dmaChannel: 0,
  interfaceType: PCIBus,
  dmaWidth: -1,
  dmaSpeed: -1,
  maximumLength: LARGEST,
  dmaPort: 0,
  dmaAddressWidth: 0,
};

function tryChannel(
  machine: PlainMachine,
  outer: IUnknown | null = null,
  pool: number = NonPagedPool,
  description = MASTER,
) {
  const { functionalDevice, wdk } = machine.driver;
  if (functionalDevice === null) throw new Error('no device');
  const out = new Out<IDmaChannel | null>(null);
  const status = wdk.PcNewDmaChannel(out, outer, pool, description, functionalDevice);
  return { status, channel: out.value };
}

function newChannel(machine: PlainMachine, maximumLength = LARGEST): IDmaChannel {
  const { channel } = tryChannel(machine, null, NonPagedPool, { ...MASTER, maximumLength });
  if (channel === null) throw new Error('no channel');
  return channel;
}

function systemAddress(channel: IDmaChannel): VirtualAddress {
  const address = channel.systemAddress();
  if (address === null) throw new Error('no buffer');
  return address;
}

scenario('DMA channels are declared as the pages have them [PCL-DMA-001 PCL-DMA-002]', () => {
  expectInterface('PCL-DMA-001', IID_IDmaChannel);
  expectInterface('PCL-DMA-002', IID_IDmaChannelSlave);
  const passive = IID_IDmaChannelSlave.slots
    .filter(({ declaration }) => declaration.maxIrql === 0)
    .map((slot) => slot.windowsName);
  expect(passive).toEqual(['QueryInterface', 'AllocateBuffer', 'FreeBuffer', 'Start', 'WaitForTC']);
});

scenario('AllocateBuffer takes a size and a constraint, at PASSIVE_LEVEL [PCL-DMA-003]', (lab) => {
  expectSignature('PCL-DMA-003', method(IID_IDmaChannel, 'AllocateBuffer'));
  const machine = bootPlain(lab);
  const channel = newChannel(machine);
  machine.kernel.irql.raise(2);
  expect(() => channel.allocateBuffer(PAGE, null)).toThrow(
    'IDmaChannel::AllocateBuffer may be called up to IRQL 0, and was called at 2',
  );
  machine.lab.isAbandoned = true;
});

scenario('PcNewDmaChannel makes a channel out of a device description [PCL-DMA-012]', (lab) => {
  expectSignature('PCL-DMA-012', portClsFunctions.PcNewDmaChannel);
  const machine = bootPlain(lab);
  const { status, channel } = tryChannel(machine);
  expect(status).toBe(STATUS_SUCCESS);
  expect(channel?.getAdapterObject().description).toEqual(MASTER);
  // It was asked for with the functional device, and belongs to the physical one.
  expect(channel?.getAdapterObject().deviceName).toBe(machine.driver.physicalDevice?.name);
  // A bus master's channel is no subordinate's, and the caller has its one reference.
  expect(channel?.queryInterface(IID_IDmaChannelSlave)).toBe(null);
  expect(channel?.release()).toBe(0);

  const unsound = tryChannel(machine, null, NonPagedPool, { ...MASTER, maximumLength: 0 });
  expect(unsound).toEqual({ status: STATUS_INSUFFICIENT_RESOURCES, channel: null });
  const { stream } = openStream(machine);
  expect(tryChannel(machine, stream)).toEqual({ status: STATUS_NOT_SUPPORTED, channel: null });
  machine.lab.expectFinding(/DMA channel was asked for in paged pool/);
  tryChannel(machine, null, PagedPool).channel?.release();
});

function openStream(machine: PlainMachine) {
  machine.openPin();
  return machine;
}

scenario('the buffer is one run, and varies in no bit but those allowed [PCL-DMA-004]', (lab) => {
  const machine = bootPlain(lab);
  const channel = newChannel(machine);
  // Blocks of a page each shift what is free, so that the highest run would cross a boundary.
  const others = [1, 2, 3, 4, 5].map(() => {
    const other = newChannel(machine);
    other.allocateBuffer(PAGE, null);
    return other;
  });
  for (const [constraint, bytes] of [
    [0xffff, 60_000],
    [0xffff, 0x1_0000],
    [0x1_ffff, 0x2_0000],
    [0x0fff, PAGE],
  ] as const) {
    expect(channel.allocateBuffer(bytes, physical(constraint))).toBe(STATUS_SUCCESS);
    const start = channel.physicalAddress();
    const changed = [start, start + bytes - 1].map((at) => Math.floor(at / (constraint + 1)));
    expect(changed[0]).toBe(changed[1]);
    const base = systemAddress(channel);
    const { memory } = machine.kernel;
    for (let at = 0; at < bytes; at += PAGE) {
      expect(memory.MmGetPhysicalAddress(virtual(base + at))).toBe(start + at);
    }
    channel.freeBuffer();
  }
  const tooNarrow = channel.allocateBuffer(0x1_0001, physical(0xffff));
  expect(tooNarrow).toBe(STATUS_INSUFFICIENT_RESOURCES);
  for (const each of [channel, ...others]) each.release();
});

scenario('a second buffer is refused until the first is freed [PCL-DMA-005]', (lab) => {
  const machine = bootPlain(lab);
  machine.lab.expectFinding(/AllocateBuffer before the buffer of the last one was freed/);
  const channel = newChannel(machine);
  channel.freeBuffer();
  expect(channel.allocateBuffer(PAGE, null)).toBe(STATUS_SUCCESS);
  const first = channel.systemAddress();
  expect(channel.allocateBuffer(PAGE, null)).toBe(STATUS_INVALID_DEVICE_REQUEST);
  expect(channel.systemAddress()).toBe(first);
  channel.freeBuffer();
  expect([channel.systemAddress(), channel.physicalAddress(), channel.bufferSize()]).toEqual([
    null,
    0,
    0,
  ]);
  expect(channel.allocateBuffer(2 * PAGE, null)).toBe(STATUS_SUCCESS);
  // The end of the channel frees the buffer; the lab would find it.
  channel.release();
});

scenario('four sizes: asked, usable, agreed, largest [PCL-DMA-006]', (lab) => {
  const machine = bootPlain(lab);
  const channel = newChannel(machine);
  const sizes = () => [
    channel.allocatedBufferSize(),
    channel.maximumBufferSize(),
    channel.bufferSize(),
  ];
  expect(sizes()).toEqual([0, LARGEST, 0]);
  expect(channel.allocateBuffer(0, null)).toBe(STATUS_INVALID_PARAMETER);
  expect(channel.allocateBuffer(LARGEST + 1, null)).toBe(STATUS_INVALID_PARAMETER);
  expect(channel.allocateBuffer(5000, null)).toBe(STATUS_SUCCESS);
  expect(sizes()).toEqual([5000, 8192, 5000]);
  channel.setBufferSize(4800);
  expect(sizes()).toEqual([5000, 8192, 4800]);
  channel.setBufferSize(8192);
  expect(sizes()).toEqual([5000, 8192, 8192]);
  expect(channel.transferCount()).toBe(0);
  machine.lab.expectFinding(/SetBufferSize 8193, of at most 8192/);
  channel.setBufferSize(8193);
  channel.release();

  const narrow = newChannel(machine, 5000);
  narrow.allocateBuffer(5000, null);
  expect(narrow.maximumBufferSize()).toBe(5000);
  narrow.release();
});

scenario('copies go in and out of the buffer at any IRQL, and are counted [PCL-DMA-007]', (lab) => {
  const machine = bootPlain(lab);
  const { irql, memory } = machine.kernel;
  const channel = newChannel(machine);
  channel.allocateBuffer(PAGE, null);
  const base = systemAddress(channel);
  const outside = memory.pool.ExAllocatePoolWithTag(0, PAGE, 'Test') as VirtualAddress;
  const bytes = memory.bytesAt(outside, PAGE);
  bytes.forEach((_byte, at) => {
    bytes[at] = at % 253;
  });
  const before = memory.copies.bytes;
  irql.raise(15);
  channel.copyTo(base, outside, PAGE);
  expect(memory.bytesAt(base, PAGE)).toEqual(bytes);
  bytes.fill(0);
  channel.copyFrom(virtual(outside + 1), virtual(base + 4000), 96);
  irql.lower(0);
  expect(bytes[0]).toBe(0);
  expect([...bytes.subarray(1, 97)]).toEqual(
    Array.from({ length: 96 }, (_, at) => (4000 + at) % 253),
  );
  expect(memory.copies.bytes - before).toBe(PAGE + 96);

  machine.lab.expectFinding(/CopyTo: 2 bytes 4095 bytes into a buffer of 4096/);
  machine.lab.expectFinding(/CopyTo: 4 bytes -4 bytes into/);
  machine.lab.expectFinding(/CopyFrom: 4097 bytes 0 bytes into/);
  bytes.fill(0xee);
  channel.copyTo(virtual(base + PAGE - 1), outside, 2);
  channel.copyTo(virtual(base - 4), outside, 4);
  channel.copyFrom(outside, base, PAGE + 1);
  expect(memory.bytesAt(base, PAGE)[PAGE - 1]).toBe(4095 % 253);
  expect(bytes[0]).toBe(0xee);
  expect(memory.copies.bytes - before).toBe(PAGE + 96);
  memory.pool.ExFreePoolWithTag(outside, 'Test');
  channel.release();
});

scenario('a copy from nowhere stops the machine where it stands', (lab) => {
  const machine = bootPlain(lab);
  const channel = newChannel(machine);
  channel.allocateBuffer(PAGE, null);
  const base = systemAddress(channel);
  expect(() => channel.copyTo(base, virtual(64), 4)).toThrow('PAGE_FAULT_IN_NONPAGED_AREA');
  machine.lab.isAbandoned = true;
});

scenario('the adapter object of a channel gives common buffers of its own', (lab) => {
  const machine = bootPlain(lab);
  const channel = newChannel(machine);
  const adapter = channel.getAdapterObject();
  const logical = new Out(physical(0));
  const address = adapter.allocateCommonBuffer(100, logical, true) as VirtualAddress;
  expect(logical.value).toBe(machine.kernel.memory.MmGetPhysicalAddress(address));
  adapter.freeCommonBuffer(100, logical.value, address, true);
  channel.release();
});
