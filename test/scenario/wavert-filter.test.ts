/** A WaveRT filter as clients find it: categories, pins, instance counts. */
import { expect } from 'vitest';
import type { Guid } from '../../src/base/guid.ts';
import { guid } from '../../src/base/guid.ts';
import { GENERIC_WRITE } from '../../src/kernel/io/io-codes.ts';
import {
  CLSID_PortTopology,
  ComObject,
  IID_IMiniportTopology,
  type IPort,
  Out,
  type PcFilterDescriptor,
  type PcPinDescriptor,
} from '../../src/portcls/ddi/index.ts';
import { FilterInstance } from '../../src/portcls/filter-instance.ts';
import { PortWaveRT } from '../../src/portcls/wavert/port-wavert.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_CAPTURE,
  KSCATEGORY_REALTIME,
  KSCATEGORY_RENDER,
  KSCATEGORY_TOPOLOGY,
  KSPROPSETID_Pin,
  KSPROPSETID_RTAudio,
} from '../../src/standards/ks/guids.ts';
import {
  KSP_PIN,
  KSPIN_CINSTANCES,
  KSPIN_DATAFLOW,
  KSPROPERTY_PIN,
  KSPROPERTY_RTAUDIO,
} from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_NOT_FOUND,
  STATUS_NOT_IMPLEMENTED,
  STATUS_PROPSET_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { pinName } from '../support/pin-name.ts';
import { plainDevice } from '../support/plain-device.ts';
import {
  ANALOG_RANGE,
  PLAIN_PCM_RANGE,
  type PlainDriver,
  plainDescriptor,
  plainDriver,
  plainRenderPin,
} from '../support/plain-driver.ts';
import { bootPlain, type PlainMachine, STEREO_48 } from '../support/plain-machine.ts';

const NAME = guid('{11111111-2222-3333-4444-555555555555}');
const capturePin = { ...plainRenderPin, dataFlow: KSPIN_DATAFLOW.OUT, name: NAME };

const withPins = (...pins: PcPinDescriptor[]): PcFilterDescriptor => ({
  ...plainDescriptor,
  pins: [...pins, ...plainDescriptor.pins.slice(1)],
  connections: [],
});

const links = (machine: PlainMachine, category: Guid): readonly string[] =>
  machine.kernel.interfaces.enumerate(category);

scenario(
  'a filter stands under the categories that its pins give it [WRT-ENU-001 WRT-ENU-002]',
  (lab) => {
    const found = (...pins: PcPinDescriptor[]) => {
      const machine = bootPlain(lab, { descriptor: withPins(...pins) });
      const all = [KSCATEGORY_AUDIO, KSCATEGORY_REALTIME, KSCATEGORY_RENDER, KSCATEGORY_CAPTURE];
      return all.map((category) => links(machine, category).length);
    };
    expect(found(plainRenderPin)).toEqual([1, 1, 1, 0]);
    expect(found(capturePin)).toEqual([1, 1, 0, 1]);
    expect(found(plainRenderPin, capturePin)).toEqual([1, 1, 1, 1]);
    const texts = [KSCATEGORY_REALTIME, KSCATEGORY_AUDIO, KSCATEGORY_RENDER, KSCATEGORY_CAPTURE];
    expect(texts.map(({ text }) => text)).toEqual([
      '{EB115FFC-10C8-4964-831D-6DCB02E6F23F}',
      '{6994AD04-93EF-11D0-A3CC-00A0C9223196}',
      '{65E8773E-8F56-11D0-A3B9-00A0C9223196}',
      '{65E8773D-8F56-11D0-A3B9-00A0C9223196}',
    ]);
  },
);

class BareTopology extends ComObject {
  constructor(driver: PlainDriver) {
    super(driver.wdk, 'plain', 'bare topology', [IID_IMiniportTopology]);
  }

  init(): NtStatus {
    return STATUS_SUCCESS;
  }

  getDescription(out: Out<PcFilterDescriptor | null>): NtStatus {
    out.value = { ...plainDescriptor, pins: [], nodes: [], connections: [] };
    return STATUS_SUCCESS;
  }

  dataRangeIntersection(): NtStatus {
    return STATUS_NOT_IMPLEMENTED;
  }
}

/** A WaveRT filter and a topology filter on one device. */
function bootBoth(lab: Lab): PlainMachine {
  return bootPlain(lab, {
    startDevice: (driver, device, irp, list) => {
      const out = new Out<IPort | null>(null);
      driver.wdk.PcNewPort(out, CLSID_PortTopology);
      const port = out.value;
      if (port === null) return STATUS_INSUFFICIENT_RESOURCES;
      const miniport = new BareTopology(driver);
      port.init(device, irp, miniport, null, list);
      driver.wdk.PcRegisterSubdevice(device, 'Topology', port);
      miniport.release();
      port.release();
      return driver.addWave('Wave', device, irp, list);
    },
  });
}

scenario('only WaveRT filters are members of KSCATEGORY_REALTIME [WRT-ENU-003]', (lab) => {
  const machine = bootBoth(lab);
  expect(links(machine, KSCATEGORY_AUDIO)).toHaveLength(2);
  const [topology] = links(machine, KSCATEGORY_TOPOLOGY);
  const realtime = links(machine, KSCATEGORY_REALTIME);
  expect(realtime).toHaveLength(1);
  expect(realtime.join().toLowerCase()).toContain('\\wave');
  expect(topology?.toLowerCase()).toContain('\\topology');
  const filter = machine.lab.openFilter(KSCATEGORY_TOPOLOGY);
  for (const id of Object.values(KSPROPERTY_RTAUDIO)) {
    expect(filter.get(KSPROPSETID_RTAudio, id, 64, 40)).toBe(STATUS_PROPSET_NOT_FOUND);
  }
});

scenario('an open filter is one port and one miniport, bound [WRT-ENU-005 WRT-ENU-006]', (lab) => {
  const machine = bootPlain(lab);
  const objectOf = (handle: number) => machine.lab.client.process.file(handle)?.fsContext;
  const filter = objectOf(machine.filter.handle);
  const other = objectOf(machine.lab.openFilter().handle);
  if (!(filter instanceof FilterInstance) || !(other instanceof FilterInstance)) {
    throw new Error('no filter behind the handle');
  }
  expect(other).not.toBe(filter);
  expect(other.port).toBe(filter.port);
  expect(filter.port).toBeInstanceOf(PortWaveRT);
  expect(filter.port.isBound).toBe(true);
  const objects = machine.kernel.objects.outstanding().join();
  expect(objects.match(/WaveRT port/g)).toHaveLength(1);
  expect(objects.match(/plain miniport/g)).toHaveLength(1);
});

scenario('no pin can be opened before the device has started [WRT-ENU-007]', (lab) => {
  let early: NtStatus = STATUS_SUCCESS;
  const { module } = plainDriver({
    startDevice: (driver, device, irp, list) => {
      const status = driver.addWave('Wave', device, irp, list);
      const [link = ''] = machine.machine.kernel.interfaces.enumerate(KSCATEGORY_REALTIME);
      expect(link).not.toBe('');
      early = machine.client.process.createFile(link, GENERIC_WRITE).status;
      return status;
    },
  });
  const machine = lab.build({ device: plainDevice, driver: module });
  machine.machine.loadDriver();
  expect(() => machine.openFilter()).toThrow(/no interface/);
  machine.machine.startDevice();
  expect(early).toBe(STATUS_INVALID_DEVICE_STATE);
  machine.openFilter().openPin(0, STEREO_48).close();
});

scenario('pins are numbered by their place in the descriptor [WRT-ENU-010]', (lab) => {
  const machine = bootPlain(lab, { descriptor: withPins(plainRenderPin, capturePin) });
  expect(machine.filter.pinCount).toBe(3);
  const flows = [0, 1, 2].map((id) => machine.filter.pin(id).dataFlow);
  expect(flows).toEqual([KSPIN_DATAFLOW.IN, KSPIN_DATAFLOW.OUT, KSPIN_DATAFLOW.OUT]);
});

const limited = (maxFilter: number, maxGlobal: number): PcFilterDescriptor =>
  withPins({
    ...plainRenderPin,
    maxFilterInstanceCount: maxFilter,
    maxGlobalInstanceCount: maxGlobal,
  });

scenario('instance counts bound pins: never, so many, without end [WRT-ENU-012]', (lab) => {
  const opened = (descriptor: PcFilterDescriptor, tries: number): number => {
    const machine = bootPlain(lab, { descriptor });
    const statuses = Array.from({ length: tries }, () => machine.filter.tryOpenPin(0, STEREO_48));
    const streams = machine.lab.calls.get('IMiniportWaveRT.NewStream') ?? 0;
    expect(streams).toBe(statuses.filter(({ status }) => ntSuccess(status)).length);
    return streams;
  };
  const noLimit = 0xffff_ffff;
  expect(opened(limited(0, noLimit), 1)).toBe(0);
  expect(opened(limited(3, noLimit), 4)).toBe(3);
  expect(opened(limited(noLimit, 2), 4)).toBe(2);
  expect(opened(limited(noLimit, noLimit), 12)).toBe(12);
});

scenario('a filter’s limit is its own, the global one is shared [WRT-ENU-012]', (lab) => {
  const machine = bootPlain(lab, { descriptor: limited(1, 2) });
  const other = machine.lab.openFilter();
  machine.openPin();
  expect(machine.filter.tryOpenPin(0, STEREO_48).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
  expect(other.tryOpenPin(0, STEREO_48).status).toBe(STATUS_SUCCESS);
  const third = machine.lab.openFilter();
  expect(third.tryOpenPin(0, STEREO_48).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
});

scenario('a bridge pin has no instances and no table [WRT-ENU-012]', (lab) => {
  const [, bridge] = plainDescriptor.pins;
  if (bridge === undefined) throw new Error('no bridge pin');
  const table = { properties: [] };
  for (const change of [{ minFilterInstanceCount: 1 }, { automationTable: table }]) {
    const pins = [plainRenderPin, { ...bridge, ...change }];
    const { module } = plainDriver({ descriptor: { ...plainDescriptor, pins } });
    const machine = lab.build({ device: plainDevice, driver: module });
    machine.expectFinding(/filter descriptor: pin 1: a bridge pin has/);
    machine.machine.loadDriver();
    expect(() => machine.machine.startDevice()).toThrow(/INVALID_PARAMETER/);
  }
});

scenario(
  'the filter answers each pin property from the descriptor [WRT-ENU-013 WRT-ENU-015]',
  (lab) => {
    const machine = bootPlain(lab, { descriptor: withPins(plainRenderPin, capturePin) });
    const { filter } = machine;
    const ask = (id: number, bytes: number): NtStatus => {
      filter.view.setUint32(filter.requestAt + KSP_PIN.offsets.PinId, 1, true);
      return filter.get(KSPROPSETID_Pin, id, bytes, KSP_PIN.size);
    };
    const ulong = (id: number): number => {
      filter.check(`${id}`, ask(id, 4));
      return filter.view.getUint32(filter.valueAt, true);
    };
    expect(ulong(KSPROPERTY_PIN.CTYPES)).toBe(3);
    expect(ulong(KSPROPERTY_PIN.DATAFLOW)).toBe(KSPIN_DATAFLOW.OUT);
    expect(ulong(KSPROPERTY_PIN.COMMUNICATION)).toBe(capturePin.communication);
    expect(ulong(KSPROPERTY_PIN.NECESSARYINSTANCES)).toBe(0);
    expect(ask(KSPROPERTY_PIN.GLOBALCINSTANCES, KSPIN_CINSTANCES.size)).toBe(STATUS_SUCCESS);
    expect(KSPIN_CINSTANCES.read(filter.view, filter.valueAt).PossibleCount).toBe(2);
    for (const id of [
      KSPROPERTY_PIN.INTERFACES,
      KSPROPERTY_PIN.MEDIUMS,
      KSPROPERTY_PIN.DATARANGES,
    ]) {
      expect(ask(id, 512), `${id}`).toBe(STATUS_SUCCESS);
    }
    expect(filter.pin(1)).toMatchObject({ category: KSCATEGORY_AUDIO, possibleInstances: 2 });
    expect(filter.pin(1).dataRanges).toEqual([PLAIN_PCM_RANGE]);
    expect(filter.pin(2).dataRanges).toEqual([ANALOG_RANGE]);
    expect(filter.intersect(1, [PLAIN_PCM_RANGE])?.length).toBe(82);
    expect(filter.proposeFormat(1, STEREO_48)).toBe(STATUS_SUCCESS);
    expect(ask(17, 64)).toBe(STATUS_NOT_FOUND);
    machine.openPin(STEREO_48, 1);
    expect(machine.takeCalls()).toContain('NewStream 1 capture');
  },
);

scenario('CurrentCount follows the pins that are open [WRT-ENU-014]', (lab) => {
  const machine = bootPlain(lab);
  const counts = () => {
    const { currentInstances, possibleInstances } = machine.filter.pin(0);
    return [possibleInstances, currentInstances];
  };
  expect(counts()).toEqual([2, 0]);
  const pin = machine.openPin();
  expect(counts()).toEqual([2, 1]);
  const { process } = machine.lab.client;
  const { status } = process.createRelativeFile(
    machine.filter.handle,
    pinName({ mediumId: 9 }),
    GENERIC_WRITE,
  );
  expect(ntSuccess(status)).toBe(false);
  expect(counts()).toEqual([2, 1]);
  pin.close();
  expect(counts()).toEqual([2, 0]);
});
