/** IDmaChannelSlave: a device without DMA of its own, on a machine with a system DMA controller. */
import { expect } from 'vitest';
import { us } from '../../src/base/brand.ts';
import {
  type IDmaChannel,
  type IDmaChannelSlave,
  IID_IDmaChannel,
  IID_IDmaChannelSlave,
  Isa,
  Out,
} from '../../src/portcls/ddi/index.ts';
import {
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_IO_TIMEOUT,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { method } from '../support/catalogue-facts.ts';
import { CyclicDmaController } from '../support/cyclic-dma-controller.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';

const BUFFER_BYTES = 4000;

interface SlaveMachine {
  readonly machine: PlainMachine;
  readonly controller: CyclicDmaController;
  readonly channel: IDmaChannelSlave;
}

function newSlave(machine: PlainMachine, dmaChannel: number, autoInitialize: boolean) {
  const { functionalDevice, wdk } = machine.driver;
  if (functionalDevice === null) throw new Error('no device');
  const out = new Out<IDmaChannel | null>(null);
  const description = {
    version: 2,
    master: false,
    scatterGather: false,
    demandMode: false,
    autoInitialize,
    dma32BitAddresses: false,
    ignoreCount: false,
    dma64BitAddresses: false,
    dmaChannel,
    interfaceType: Isa,
    dmaWidth: 0,
    dmaSpeed: 0,
    maximumLength: 0x1_0000,
    dmaPort: 0,
    dmaAddressWidth: 0,
  };
  const status = wdk.PcNewDmaChannel(out, null, 0, description, functionalDevice);
  return { status, channel: out.value };
}

/** One byte per microsecond. */
function bootSlave(lab: Lab, autoInitialize = true, dmaChannel = 1): SlaveMachine {
  const machine = bootPlain(lab);
  const controller = new CyclicDmaController(() => machine.kernel.clock.now, 1);
  machine.kernel.dma.attachSystemDma(controller);
  const made = newSlave(machine, dmaChannel, autoInitialize).channel;
  const channel = made?.queryInterface(IID_IDmaChannelSlave);
  made?.release();
  if (channel === null || channel === undefined) throw new Error('no subordinate channel');
  expect(channel.allocateBuffer(BUFFER_BYTES, null)).toBe(STATUS_SUCCESS);
  return { machine, controller, channel };
}

scenario('a channel is started once, with no more than it has [PCL-DMA-009]', (lab) => {
  const { controller, channel } = bootSlave(lab);
  expect(channel.start(BUFFER_BYTES + 1, true)).toBe(STATUS_INVALID_PARAMETER);
  expect(channel.start(BUFFER_BYTES, true)).toBe(STATUS_SUCCESS);
  expect(channel.start(BUFFER_BYTES, true)).toBe(STATUS_UNSUCCESSFUL);
  expect(channel.stop()).toBe(STATUS_SUCCESS);
  expect(channel.start(1000, false)).toBe(STATUS_SUCCESS);
  const address = channel.physicalAddress();
  const autoInitialize = true;
  expect(controller.begun).toEqual([
    { channel: 1, transfer: { address, bytes: BUFFER_BYTES, writeToDevice: true, autoInitialize } },
    { channel: 1, transfer: { address, bytes: 1000, writeToDevice: false, autoInitialize } },
  ]);
  channel.release();
});

scenario('the counter goes from the map size down, again and again [PCL-DMA-010]', (lab) => {
  const { machine, channel } = bootSlave(lab);
  expect([channel.readCounter(), channel.transferCount()]).toEqual([0, 0]);
  channel.start(3000, true);
  expect([channel.readCounter(), channel.transferCount()]).toEqual([3000, 3000]);
  const seen: number[] = [];
  for (let step = 0; step < 7; step++) {
    machine.lab.runFor(us(1000));
    seen.push(channel.readCounter());
  }
  expect(seen).toEqual([2000, 1000, 3000, 2000, 1000, 3000, 2000]);
  channel.stop();
  machine.lab.runFor(us(1000));
  expect([channel.readCounter(), channel.transferCount()]).toEqual([0, 0]);
  channel.release();
});

scenario('WaitForTC waits in steps of ten microseconds [PCL-DMA-011]', (lab) => {
  expect(method(IID_IDmaChannelSlave, 'WaitForTC').maxIrql).toBe(0);
  const { machine, channel } = bootSlave(lab, false);
  const waited = (timeoutUs: number) => {
    const from = machine.kernel.clock.now;
    const status = channel.waitForTC(timeoutUs);
    return { status, us: (machine.kernel.clock.now - from) / 1000 };
  };
  channel.start(100, true);
  expect(waited(25)).toEqual({ status: STATUS_IO_TIMEOUT, us: 20 });
  expect(waited(9)).toEqual({ status: STATUS_IO_TIMEOUT, us: 0 });
  expect(waited(1000)).toEqual({ status: STATUS_SUCCESS, us: 80 });
  expect(channel.readCounter()).toBe(0);
  channel.release();
});

scenario('a channel that starts again by itself passes its terminal count too', (lab) => {
  const { machine, channel } = bootSlave(lab);
  channel.start(100, true);
  const from = machine.kernel.clock.now;
  expect(channel.waitForTC(1000)).toBe(STATUS_SUCCESS);
  expect(machine.kernel.clock.now - from).toBe(us(100));
  channel.release();
});

scenario('the buffer lies where the controller reaches it, in one of its pages', (lab) => {
  for (const dmaChannel of [1, 5]) {
    const { channel, machine } = bootSlave(lab, true, dmaChannel);
    channel.freeBuffer();
    // Another's buffer lies where the highest run would not have crossed anything.
    const other = newSlave(machine, dmaChannel, true).channel;
    other?.allocateBuffer(0x8000, null);
    expect(channel.allocateBuffer(0xf000, null)).toBe(STATUS_SUCCESS);
    expect(channel.physicalAddress() + 0xf000).toBeLessThanOrEqual(2 ** 24);
    expect(channel.start(0xf000, true)).toBe(STATUS_SUCCESS);
    other?.release();
    channel.release();
  }
});

scenario('the end of a channel that is started ends its transfer', (lab) => {
  const { channel, controller } = bootSlave(lab);
  channel.start(1000, true);
  expect(controller.bytesLeft(1)).toBe(1000);
  channel.release();
  expect(controller.bytesLeft(1)).toBe(0);
});

scenario('a machine without the controller, or the channel, has no such object', (lab) => {
  const machine = bootPlain(lab);
  const none = { status: STATUS_INSUFFICIENT_RESOURCES, channel: null };
  expect(newSlave(machine, 1, true)).toEqual(none);
  machine.kernel.dma.attachSystemDma(new CyclicDmaController(() => 0, 1));
  expect([newSlave(machine, 4, true), newSlave(machine, 8, true)]).toEqual([none, none]);
  const { channel } = newSlave(machine, 1, true);
  expect(channel?.queryInterface(IID_IDmaChannel)?.release()).toBe(1);
  channel?.release();
});
