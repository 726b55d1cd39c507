/** The WaveCyclic port towards its miniport: interfaces, channels, notifications, agreements. */
import { expect } from 'vitest';
import type { PhysicalAddress, VirtualAddress } from '../../src/base/brand.ts';
import { derivesFrom } from '../../src/portcls/ddi/declare.ts';
import {
  CLSID_PortWaveCyclic,
  CmResourceShareDeviceExclusive,
  CmResourceTypeDma,
  ComObject,
  type DmaAdapter,
  type IDmaChannel,
  type IDmaChannelSlave,
  IID_IDmaChannel,
  IID_IMiniport,
  IID_IMiniportWaveCyclic,
  IID_IMiniportWaveCyclicStream,
  IID_IPort,
  IID_IPortWaveCyclic,
  IID_IUnknown,
  type InterfaceId,
  type IPort,
  type IPortWaveCyclic,
  type IResourceList,
  Out,
  type ResourceDescriptor,
} from '../../src/portcls/ddi/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { formatOf, noise, scenario } from '../../src/testing/index.ts';
import { facts, method } from '../support/catalogue-facts.ts';
import { CyclicDmaController } from '../support/cyclic-dma-controller.ts';
import type { CyclicAnswers } from '../support/cyclic-driver.ts';
import {
  bootCyclic,
  type CyclicMachine,
  INTERVAL_BYTES,
  PacketWriter,
  STEREO_48,
} from '../support/cyclic-machine.ts';
import { bootPlain } from '../support/plain-machine.ts';

const names = <T>(iid: InterfaceId<T>): string[] => iid.slots.map((slot) => slot.windowsName);
const signature = <T>(iid: InterfaceId<T>, name: string): string => {
  const { parameters, returns } = method(iid, name);
  return `${returns} (${parameters.map((each) => `${each.direction} ${each.name}`).join(', ')})`;
};

scenario('the port has IPort, and Notify and two makers of channels [PCL-WCY-001]', () => {
  expect(names(IID_IPortWaveCyclic)).toEqual(facts('PCL-WCY-001').vtable);
  expect(IID_IPortWaveCyclic.iid.text).toBe(facts('PCL-PORT-005').iid);
  expect(method(IID_IPortWaveCyclic, 'Notify').maxIrql).toBe(15);
  expect(method(IID_IPortWaveCyclic, 'NewMasterDmaChannel').maxIrql).toBe(0);
  expect(method(IID_IPortWaveCyclic, 'NewSlaveDmaChannel').maxIrql).toBe(0);
});

scenario('a miniport has Init and NewStream, a stream six methods [PCL-WCY-002]', () => {
  const { iid } = facts('PCL-WCY-002');
  const [miniport, stream] = [IID_IMiniportWaveCyclic, IID_IMiniportWaveCyclicStream];
  expect(iid).toBe(`${miniport.iid.text}; stream ${stream.iid.text}`);
  expect(names(miniport)).toEqual([...names(IID_IMiniport), 'Init', 'NewStream']);
  expect(signature(miniport, 'Init')).toBe(
    'NTSTATUS (in UnknownAdapter, in ResourceList, in Port)',
  );
  expect(signature(miniport, 'NewStream')).toBe(
    'NTSTATUS (out Stream, in OuterUnknown, in PoolType, in Pin, in Capture, in DataFormat, ' +
      'out DmaChannel, out ServiceGroup)',
  );
  expect(names(stream)).toEqual([
    'QueryInterface',
    'AddRef',
    'Release',
    'SetFormat',
    'SetNotificationFreq',
    'SetState',
    'GetPosition',
    'NormalizePhysicalPosition',
    'Silence',
  ]);
  const levels = stream.slots.slice(3).map((slot) => slot.declaration.maxIrql);
  expect(levels).toEqual([0, 0, 0, 2, 15, 15]);
});

scenario(
  'PcNewPort makes an object with IPortWaveCyclic, IPort and IUnknown [PCL-PORT-005]',
  (lab) => {
    expect(facts('PCL-PORT-005').clsid).toBe(`CLSID_PortWaveCyclic ${CLSID_PortWaveCyclic.text}`);
    const { driver } = bootPlain(lab);
    const out = new Out<IPort | null>(null);
    expect(driver.wdk.PcNewPort(out, CLSID_PortWaveCyclic)).toBe(STATUS_SUCCESS);
    const port = out.value;
    for (const iid of [IID_IPortWaveCyclic, IID_IPort, IID_IUnknown]) {
      const answer = port?.queryInterface(iid as InterfaceId<IPort>);
      expect(answer, iid.name).not.toBe(null);
      answer?.release();
    }
    expect(port?.queryInterface(IID_IDmaChannel)).toBe(null);
    expect(derivesFrom(IID_IPortWaveCyclic as InterfaceId<unknown>, IID_IPort as never)).toBe(true);
    expect(port?.release()).toBe(0);
  },
);

/** A miniport's own channel: hands on to the port's, and writes down what it is asked. */
class SpyChannel extends ComObject implements IDmaChannel {
  readonly asked = new Set<string>();
  releases = 0;
  readonly #real: IDmaChannel;

  constructor(machine: CyclicMachine, real: IDmaChannel) {
    super(machine.kernel, 'test', 'spy channel', [IID_IDmaChannel]);
    this.#real = real;
  }

  override release(): number {
    this.releases++;
    return super.release();
  }

  #ask(name: string): IDmaChannel {
    this.asked.add(name);
    return this.#real;
  }

  allocateBuffer = (bytes: number, constraint: PhysicalAddress | null): NtStatus =>
    this.#ask('AllocateBuffer').allocateBuffer(bytes, constraint);
  freeBuffer = (): void => this.#ask('FreeBuffer').freeBuffer();
  transferCount = (): number => this.#ask('TransferCount').transferCount();
  maximumBufferSize = (): number => this.#ask('MaximumBufferSize').maximumBufferSize();
  allocatedBufferSize = (): number => this.#ask('AllocatedBufferSize').allocatedBufferSize();
  bufferSize = (): number => this.#ask('BufferSize').bufferSize();
  setBufferSize = (bytes: number): void => this.#ask('SetBufferSize').setBufferSize(bytes);
  systemAddress = (): VirtualAddress | null => this.#ask('SystemAddress').systemAddress();
  physicalAddress = (): PhysicalAddress => this.#ask('PhysicalAddress').physicalAddress();
  getAdapterObject = (): DmaAdapter => this.#ask('GetAdapterObject').getAdapterObject();
  copyTo = (to: VirtualAddress, from: VirtualAddress, bytes: number): void =>
    this.#ask('CopyTo').copyTo(to, from, bytes);
  copyFrom = (to: VirtualAddress, from: VirtualAddress, bytes: number): void =>
    this.#ask('CopyFrom').copyFrom(to, from, bytes);

  protected override destroy(): void {
    this.#real.release();
  }
}

scenario('of a channel the port calls six methods, and Release [PCL-WCY-003]', (lab) => {
  const spies: SpyChannel[] = [];
  const answers: CyclicAnswers = {};
  const machine = bootCyclic(lab, answers);
  answers.newStream = ({ channel }) => {
    if (channel.value === null) throw new Error('no channel');
    const spy = new SpyChannel(machine, channel.value);
    spies.push(spy);
    channel.value = spy;
    return STATUS_SUCCESS;
  };
  const render = machine.openRender();
  const writer = new PacketWriter(render, noise(STEREO_48, 4_800));
  const capture = machine.openCapture();
  const packet = capture.packet(INTERVAL_BYTES);
  for (const pin of [render, capture]) pin.setState(KSSTATE.PAUSE);
  writer.start();
  packet.read();
  for (const pin of [render, capture]) pin.setState(KSSTATE.RUN);
  machine.runFor(150);
  for (const pin of [render, capture]) {
    pin.readPosition();
    pin.allocatorFraming();
    pin.close();
  }
  const allowed = ['AllocatedBufferSize', 'BufferSize', 'SetBufferSize', 'SystemAddress'];
  const [played, recorded] = spies;
  for (const [spy, copy] of [
    [played, 'CopyTo'],
    [recorded, 'CopyFrom'],
  ] as const) {
    const asked = [...(spy?.asked ?? [])];
    expect(asked.filter((name) => ![...allowed, copy].includes(name))).toEqual([]);
    expect(asked).toContain(copy);
    expect([spy?.references, spy?.releases]).toEqual([0, 1]);
  }
  writer.free();
  packet.free();
});

scenario('the port asks for notifications every 10 ms [PCL-WCY-004]', (lab) => {
  const machine = bootCyclic(lab, { bufferBytes: 20_000 });
  const notified: number[] = [];
  machine.lab.machine.portClass.guard.attach({
    entered: ({ windowsName }) => {
      if (windowsName === 'Notify') notified.push(machine.kernel.clock.now);
    },
    left: () => undefined,
  });
  for (const format of [
    STEREO_48,
    formatOf({ sampleRate: 44_100 }),
    formatOf({ sampleRate: 11_025 }),
  ]) {
    const pin = machine.openRender(format);
    const asked = machine.driver.calls.filter((call) => call.startsWith('SetNotificationFreq'));
    expect(new Set(asked)).toEqual(new Set(['SetNotificationFreq 10']));
    // The stream returned 77 ms; its FrameSize is what counts, and goes into the buffer whole.
    const interval = Math.floor(format.rateHz / 100) * 4;
    expect(machine.stream.parts.channel.bufferSize()).toBe(20_000 - (20_000 % interval));
    expect(pin.allocatorFraming().FrameSize).toBe(interval);
    notified.length = 0;
    pin.setState(KSSTATE.RUN);
    machine.runFor(1000);
    const periods = (1000 * format.rateHz) / 1000 / (interval / 4);
    expect(notified.length).toBe(Math.floor(periods));
    pin.setState(KSSTATE.STOP);
    pin.close();
  }
});

scenario('a stream is not opened whose buffer has no room for an interval', (lab) => {
  for (const answers of [
    { bufferBytes: 0 },
    { bufferBytes: INTERVAL_BYTES - 1 },
    { frameSize: () => 0 },
  ] satisfies CyclicAnswers[]) {
    const machine = bootCyclic(lab, answers);
    machine.lab.expectFinding(/a cyclic buffer of \d+ bytes has no room for intervals of \d+/);
    expect(() => machine.openRender()).toThrow('STATUS_UNSUCCESSFUL');
  }
  const machine = bootCyclic(lab, { frameSize: (bytes) => bytes - 1 });
  machine.lab.expectFinding(/FrameSize 1919 is not a multiple of nBlockAlign 4/);
  machine.openRender().close();
});

scenario('what NewStream returns is looked at, and let go when it is of no use', (lab) => {
  const bent: readonly [RegExp, CyclicAnswers['newStream']][] = [
    [
      /NewStream succeeded without a stream/,
      ({ stream }) => {
        stream.value?.release();
        stream.value = null;
        return STATUS_SUCCESS;
      },
    ],
    [
      /NewStream succeeded without a DMA channel/,
      ({ channel }) => {
        channel.value?.release();
        channel.value = null;
        return STATUS_SUCCESS;
      },
    ],
  ];
  for (const [finding, newStream] of bent) {
    const machine = bootCyclic(lab, newStream === undefined ? {} : { newStream });
    machine.lab.expectFinding(finding);
    expect(() => machine.openRender()).toThrow('STATUS_UNSUCCESSFUL');
  }
  const refusing = bootCyclic(lab, {
    newStream: ({ channel, group, stream }) => {
      for (const { value } of [stream, channel, group]) value?.release();
      return STATUS_INSUFFICIENT_RESOURCES;
    },
  });
  expect(() => refusing.openRender()).toThrow('STATUS_INSUFFICIENT_RESOURCES');
});

scenario('Notify serves the members of the group, whatever the IRQL', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  pin.setState(KSSTATE.RUN);
  const { port } = machine.driver;
  const { group } = machine.stream.parts;
  if (port === null || group === null) throw new Error('no group');
  const positions = (): number =>
    machine.lab.calls.get('IMiniportWaveCyclicStream.GetPosition') ?? 0;
  const before = positions();
  const { irql } = machine.kernel;
  irql.raise(11);
  port.notify(group);
  expect(positions()).toBe(before);
  irql.lower(0);
  expect(positions()).toBe(before + 1);
  // A notification that comes late finds the stream at rest.
  pin.setState(KSSTATE.PAUSE);
  const paused = positions();
  port.notify(group);
  expect(positions()).toBe(paused);
  pin.close();
});

const dmaResource = (channel: number): ResourceDescriptor => ({
  type: CmResourceTypeDma,
  shareDisposition: CmResourceShareDeviceExclusive,
  flags: 0,
  channel,
  port: 0,
});

scenario('a subordinate channel needs its resource, and the system DMA controller', (lab) => {
  const machine = bootCyclic(lab);
  const port = machine.driver.port as IPortWaveCyclic;
  const lists = new Out<IResourceList | null>(null);
  const resources = [dmaResource(3), dmaResource(5)];
  machine.driver.wdk.PcNewResourceList(lists, null, 0, resources, resources);
  const list = lists.value;
  const out = new Out<IDmaChannelSlave | null>(null);
  const ask = (from: IResourceList | null, index: number): NtStatus =>
    port.newSlaveDmaChannel(out, null, from, index, 0x2000, true, 0);
  expect([ask(null, 0), ask(list, 2)]).toEqual([
    STATUS_INVALID_PARAMETER,
    STATUS_INVALID_PARAMETER,
  ]);
  expect([ask(list, 1), out.value]).toEqual([STATUS_INSUFFICIENT_RESOURCES, null]);
  machine.kernel.dma.attachSystemDma(new CyclicDmaController(() => 0, 1));
  expect(ask(list, 1)).toBe(STATUS_SUCCESS);
  const { description } = out.value?.getAdapterObject() ?? {};
  expect(description).toMatchObject({
    master: false,
    dmaChannel: 5,
    dmaWidth: 1,
    demandMode: true,
    autoInitialize: true,
    maximumLength: 0x2000,
  });
  expect(out.value?.start(1, true)).toBe(STATUS_INVALID_PARAMETER);
  out.value?.release();
  list?.release();
});

scenario('a master channel is described as it was asked for', (lab) => {
  const machine = bootCyclic(lab);
  const { driver } = machine;
  const out = new Out<IDmaChannel | null>(null);
  for (const [is32, is64] of [
    [true, false],
    [false, true],
    [false, false],
  ] as const) {
    const status = driver.port?.newMasterDmaChannel(out, null, null, 5000, is32, is64, -1, -1);
    expect(status).toBe(STATUS_SUCCESS);
    expect(out.value?.getAdapterObject().description).toMatchObject({
      master: true,
      scatterGather: false,
      dma32BitAddresses: is32,
      dma64BitAddresses: is64,
      maximumLength: 5000,
    });
    expect(out.value?.allocateBuffer(5001, null)).toBe(STATUS_INVALID_PARAMETER);
    expect(out.value?.allocateBuffer(5000, null)).toBe(STATUS_SUCCESS);
    out.value?.release();
  }
  const unsound = driver.port?.newMasterDmaChannel(out, null, null, 0, true, false, -1, -1);
  expect([unsound, out.value]).toEqual([STATUS_INSUFFICIENT_RESOURCES, null]);
});
