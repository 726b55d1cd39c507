/** A WaveRT port and its miniport: how they are bound, and how a stream comes into being. */
import { expect } from 'vitest';
import { guid } from '../../src/base/guid.ts';
import { Out } from '../../src/base/out.ts';
import { GENERIC_WRITE } from '../../src/kernel/io/io-codes.ts';
import {
  CLSID_PortWaveRT,
  type DeviceObject,
  type IPort,
  type IResourceList,
  type Irp,
  type IUnknown,
  PCIBus,
} from '../../src/portcls/ddi/index.ts';
import { IID_IMiniportWaveRT } from '../../src/portcls/ddi/miniport.ts';
import { IID_IPortWaveRT } from '../../src/portcls/ddi/port.ts';
import { KSCATEGORY_AUDIO, KSCATEGORY_REALTIME } from '../../src/standards/ks/guids.ts';
import { KSPIN_DATAFLOW, KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_OBJECT_NAME_COLLISION,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { formatBytes, pinName } from '../support/pin-name.ts';
import { plainDevice } from '../support/plain-device.ts';
import {
  type PlainAnswers,
  type PlainDriver,
  PlainMiniport,
  PlainStream,
  plainDescriptor,
  plainDriver,
  plainRenderPin,
} from '../support/plain-driver.ts';
import { bootPlain, PlainMachine, STEREO_48 } from '../support/plain-machine.ts';

interface StartContext {
  readonly driver: PlainDriver;
  readonly device: DeviceObject;
  readonly irp: Irp;
  readonly list: IResourceList;
}

/** Boots a driver whose StartDevice is `body`. */
function bootStarting(lab: Lab, body: (start: StartContext) => NtStatus): PlainMachine {
  return bootPlain(lab, {
    startDevice: (driver, device, irp, list) => body({ driver, device, irp, list }),
  });
}

function newPort({ driver }: StartContext): IPort {
  const out = new Out<IPort | null>(null);
  const status = driver.wdk.PcNewPort(out, CLSID_PortWaveRT);
  if (!ntSuccess(status) || out.value === null) throw new Error('no port');
  return out.value;
}

/** Adds a filter whose miniport is as `adjust` makes it. */
function addAdjusted(start: StartContext, adjust: (miniport: PlainMiniport) => void): NtStatus {
  const { device, driver, irp, list } = start;
  const port = newPort(start);
  const miniport = new PlainMiniport(driver);
  adjust(miniport);
  let status = port.init(device, irp, miniport, null, list);
  miniport.release();
  if (ntSuccess(status)) status = driver.wdk.PcRegisterSubdevice(device, 'Wave', port);
  port.release();
  return status;
}

const bootAdjusted = (lab: Lab, adjust: (miniport: PlainMiniport) => void): PlainMachine =>
  bootStarting(lab, (start) => addAdjusted(start, adjust));

/** A machine whose device does not start, and why. */
function bootFailing(lab: Lab, answers: PlainAnswers, why: RegExp): PlainMachine {
  const { module, driver } = plainDriver(answers);
  const machine = lab.build({ device: plainDevice, driver: module });
  machine.machine.loadDriver();
  expect(() => machine.machine.startDevice()).toThrow(why);
  return new PlainMachine(machine, driver(), answers);
}

scenario('a port answers to its own IID and no stranger’s [WRT-PRT-001 WRT-PRT-002]', (lab) => {
  bootStarting(lab, (start) => {
    const port = newPort(start);
    const own = port.queryInterface(IID_IPortWaveRT);
    expect(own).not.toBeNull();
    expect(own?.release()).toBe(1);
    expect(port.queryInterface(IID_IMiniportWaveRT)).toBeNull();
    port.release();
    const out = new Out<IPort | null>(null);
    const unknown = guid('{11111111-2222-3333-4444-555555555555}');
    expect(start.driver.wdk.PcNewPort(out, unknown)).toBe(STATUS_NOT_SUPPORTED);
    expect(out.value).toBeNull();
    return STATUS_SUCCESS;
  });
});

scenario('a new port has one reference, the caller’s [WRT-PRT-003]', (lab) => {
  const machine = bootStarting(lab, (start) => {
    const nowhere = null as unknown as Out<IPort | null>;
    const status = start.driver.wdk.PcNewPort(nowhere, CLSID_PortWaveRT);
    expect(status).toBe(STATUS_INVALID_PARAMETER);
    const port = newPort(start);
    expect(port.addRef()).toBe(2);
    expect(port.release()).toBe(1);
    expect(port.release()).toBe(0);
    return STATUS_SUCCESS;
  });
  machine.lab.expectFinding(/PcNewPort was given NULL for OutPort/);
  expect(machine.kernel.objects.outstanding().join()).not.toContain('WaveRT port');
});

scenario(
  'IPort::Init asks the miniport for its interface and starts it once [WRT-PRT-004 WRT-PRT-005 WRT-MPT-003]',
  (lab) => {
    const machine = bootStarting(lab, (start) => {
      const { device, driver, irp, list } = start;
      const port = newPort(start);
      const miniport = new PlainMiniport(driver);
      const seen: unknown[] = [];
      miniport.init = (adapter, resources, own) => {
        seen.push(adapter, resources);
        const same = own.queryInterface(IID_IPortWaveRT);
        expect(same).toBe(port.queryInterface(IID_IPortWaveRT));
        for (const _twice of [1, 2]) same?.release();
        return STATUS_SUCCESS;
      };
      const adapter: IUnknown = new PlainMiniport(driver);
      expect(port.init(device, irp, miniport, adapter, list)).toBe(STATUS_SUCCESS);
      expect(seen).toEqual([adapter, list]);
      const asked = driver.calls.filter((call) => call.startsWith('QueryInterface'));
      expect(asked).toContain('QueryInterface IMiniportWaveRT');
      port.release();
      adapter.release();
      miniport.release();
      return STATUS_SUCCESS;
    });
    expect(machine.lab.calls.get('IMiniportWaveRT.Init')).toBe(1);
  },
);

scenario('a miniport of another kind is refused and let go [WRT-PRT-006]', (lab) => {
  bootStarting(lab, (start) => {
    const { device, driver, irp, list } = start;
    const port = newPort(start);
    const miniport = new PlainMiniport(driver);
    driver.answers.queryInterface = () => null;
    expect(ntSuccess(port.init(device, irp, miniport, null, list))).toBe(false);
    expect(miniport.references).toBe(1);
    expect(driver.calls).not.toContain('Init');
    driver.answers.queryInterface = (name) => {
      miniport.addRef();
      return name === 'IMiniportWaveRT' ? miniport : null;
    };
    expect(port.init(device, irp, miniport, null, list)).toBe(STATUS_SUCCESS);
    port.release();
    expect(miniport.release()).toBe(0);
    return STATUS_SUCCESS;
  });
});

scenario('Init leaves the resource list as it is [WRT-PRT-007]', (lab) => {
  bootStarting(lab, (start) => {
    const { device, driver, irp, list } = start;
    const before = JSON.stringify([list.translatedList(), list.untranslatedList()]);
    expect(driver.addWave('Wave', device, irp, list)).toBe(STATUS_SUCCESS);
    expect(JSON.stringify([list.translatedList(), list.untranslatedList()])).toBe(before);
    expect(list.numberOfEntries()).toBe(2);
    return STATUS_SUCCESS;
  });
});

scenario('a subdevice is registered after Init, under a name of its own [WRT-PRT-008]', (lab) => {
  const machine = bootStarting(lab, (start) => {
    const { device, driver, irp, list } = start;
    const port = newPort(start);
    const early = driver.wdk.PcRegisterSubdevice(device, 'Wave', port);
    expect(early).toBe(STATUS_INVALID_DEVICE_STATE);
    const miniport = new PlainMiniport(driver);
    port.init(device, irp, miniport, null, list);
    miniport.release();
    expect(driver.wdk.PcRegisterSubdevice(device, 'Wave', port)).toBe(STATUS_SUCCESS);
    const twice = driver.wdk.PcRegisterSubdevice(device, 'Wave', port);
    expect(twice).toBe(STATUS_OBJECT_NAME_COLLISION);
    port.release();
    return STATUS_SUCCESS;
  });
  machine.lab.expectFinding(/the name Wave was given to a second subdevice/);
});

scenario('a port or miniport that the adapter keeps is left behind [WRT-PRT-009]', (lab) => {
  const clean = bootPlain(lab);
  expect(clean.lab.shutDown()).toEqual([]);
  const machine = bootStarting(lab, (start) => {
    const { device, driver, irp, list } = start;
    const port = newPort(start);
    const miniport = new PlainMiniport(driver);
    port.init(device, irp, miniport, null, list);
    return driver.wdk.PcRegisterSubdevice(device, 'Wave', port);
  });
  machine.lab.expectLeft(/WaveRT port/);
  machine.lab.expectLeft(/plain miniport/);
});

scenario('a miniport that fails Init makes no filter [WRT-PRT-010]', (lab) => {
  const machine = bootFailing(lab, { init: () => STATUS_UNSUCCESSFUL }, /UNSUCCESSFUL/);
  for (const category of [KSCATEGORY_AUDIO, KSCATEGORY_REALTIME]) {
    expect(machine.kernel.interfaces.enumerate(category)).toEqual([]);
  }
  expect(bootPlain(lab).kernel.interfaces.enumerate(KSCATEGORY_REALTIME)).toHaveLength(1);
});

scenario('a stream without IMiniportWaveRTStream opens no pin [WRT-MPT-002]', (lab) => {
  const machine = bootPlain(lab, {
    newStream: (stream) => {
      Object.assign(stream, { queryInterface: () => null });
      return STATUS_SUCCESS;
    },
  });
  const { status, pin } = machine.filter.tryOpenPin(0, STEREO_48);
  expect([status, pin]).toEqual([STATUS_UNSUCCESSFUL, null]);
  machine.lab.expectFinding(/NewStream returned an object without IMiniportWaveRTStream/);
  expect(machine.takeCalls().at(-1)).toBe('~stream');
});

scenario('the miniport is called at PASSIVE_LEVEL [WRT-MPT-004]', (lab) => {
  const levels: number[] = [];
  const note = (): NtStatus => {
    levels.push(loaded().wdk.KeGetCurrentIrql());
    return STATUS_SUCCESS;
  };
  const { module, driver: loaded } = plainDriver({
    init: note,
    newStream: note,
    deviceDescription: (description) => {
      description.interfaceType = PCIBus;
      return note();
    },
  });
  const machine = lab.boot({ device: plainDevice, driver: module });
  machine.openFilter().openPin(0, STEREO_48);
  expect(levels).toEqual([0, 0, 0]);
});

scenario('a port that is kept without a reference is gone [WRT-MPT-005]', (lab) => {
  let kept: IUnknown | null = null;
  const machine = bootStarting(lab, ({ device, driver, irp, list }) => {
    driver.answers.init = (port) => {
      expect(port).not.toBeNull();
      kept = port;
      return STATUS_SUCCESS;
    };
    return driver.addWave('Wave', device, irp, list);
  });
  const dangling = kept as IUnknown | null;
  expect(dangling?.addRef()).toBeGreaterThan(1);
  dangling?.release();
  machine.lab.shutDown();
  expect(() => dangling?.addRef()).toThrow(/REFERENCE_BY_POINTER/);
});

scenario('NewStream is given what the pin was opened with [WRT-MPT-006 WRT-MPT-009]', (lab) => {
  for (const dataFlow of [KSPIN_DATAFLOW.IN, KSPIN_DATAFLOW.OUT]) {
    const capture = { ...plainRenderPin, dataFlow };
    const pins = [...plainDescriptor.pins.slice(0, 2), capture].map((pin, index) => ({
      ...pin,
      name: guid(`{00000000-0000-0000-0000-00000000000${index + 1}}`),
    }));
    const machine = bootPlain(lab, { descriptor: { ...plainDescriptor, pins } });
    const { bytes } = machine.kernel.ram;
    const seen: unknown[] = [];
    machine.lab.machine.portClass.guard.attach({
      entered: (slot, _target, args) => {
        if (slot.windowsName !== 'NewStream') return;
        const at = Number(args[4]);
        seen.push(args.length, args[0] instanceof Out, args[2], args[3]);
        seen.push(bytes.slice(at, at + 82));
      },
      left: () => undefined,
    });
    machine.openPin(STEREO_48, 2);
    const isCapture = dataFlow === KSPIN_DATAFLOW.OUT;
    expect(seen).toEqual([5, true, 2, isCapture, formatBytes()]);
  }
});

scenario('every open pin has one stream, with a port stream of its own [WRT-MPT-007]', (lab) => {
  const pin = { ...plainRenderPin, maxFilterInstanceCount: 3, maxGlobalInstanceCount: 3 };
  const pins = [pin, ...plainDescriptor.pins.slice(1)];
  const machine = bootPlain(lab, { descriptor: { ...plainDescriptor, pins } });
  for (const _pin of pins.concat(pin)) machine.openPin();
  expect(machine.lab.calls.get('IMiniportWaveRT.NewStream')).toBe(3);
  expect(new Set(machine.driver.streams.map(({ portStream }) => portStream)).size).toBe(3);
});

scenario(
  'a pin that there is not is refused before the miniport hears of it [WRT-MPT-008]',
  (lab) => {
    const machine = bootPlain(lab);
    const { filter } = machine;
    const spied = machine.spy();
    for (const pinId of [plainDescriptor.pins.length, 99, 0xffff_ffff]) {
      const name = pinName({ pinId });
      const { process } = machine.lab.client;
      const { status } = process.createRelativeFile(filter.handle, name, GENERIC_WRITE);
      expect(status).toBe(STATUS_INVALID_PARAMETER);
    }
    expect(spied).toEqual([]);
  },
);

scenario('a closed pin leaves neither stream nor port stream [WRT-MPT-012]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  const objects = () => machine.kernel.objects.outstanding().join();
  expect(objects()).toMatch(/WaveRT port stream.*|plain stream/);
  const stream = machine.stream;
  expect(stream.references).toBe(1);
  pin.close();
  expect(objects()).not.toMatch(/stream/);
  expect(stream.references).toBe(0);
  const greedy = bootPlain(lab, {
    newStream: (made) => {
      made.addRef();
      return STATUS_SUCCESS;
    },
  });
  greedy.openPin().close();
  greedy.lab.expectLeft(/plain stream/);
  greedy.lab.expectLeft(/WaveRT port stream/);
});

scenario('a failing NewStream fails the create with its status [WRT-MPT-013]', (lab) => {
  const machine = bootPlain(lab, { newStream: () => STATUS_INSUFFICIENT_RESOURCES });
  const { status, pin } = machine.filter.tryOpenPin(0, STEREO_48);
  expect([status, pin]).toEqual([STATUS_INSUFFICIENT_RESOURCES, null]);
  expect(machine.filter.pin(0).currentInstances).toBe(0);
  expect(machine.kernel.objects.outstanding().join()).not.toMatch(/stream/);
});

scenario('a stream that comes with a failure is reported and let go [WRT-MPT-013]', (lab) => {
  const machine = bootAdjusted(lab, (miniport) => {
    miniport.newStream = (stream, portStream) => {
      stream.value = new PlainStream(miniport, portStream);
      return STATUS_INSUFFICIENT_RESOURCES;
    };
  });
  const { status, pin } = machine.filter.tryOpenPin(0, STEREO_48);
  expect([status, pin]).toEqual([STATUS_INSUFFICIENT_RESOURCES, null]);
  machine.lab.expectFinding(/NewStream failed and returned a stream all the same/);
  expect(machine.takeCalls().at(-1)).toBe('~stream');
});

scenario('a success without a description makes no filter [WRT-ENU-010]', (lab) => {
  let status: NtStatus = STATUS_SUCCESS;
  const machine = bootStarting(lab, (start) => {
    status = addAdjusted(start, (miniport) => {
      miniport.getDescription = () => STATUS_SUCCESS;
    });
    return STATUS_SUCCESS;
  });
  expect(status).toBe(STATUS_INVALID_PARAMETER);
  expect(machine.kernel.interfaces.enumerate(KSCATEGORY_AUDIO)).toEqual([]);
});

scenario('a description that is left empty is reported [WRT-MPT-015 WRT-MPT-016]', (lab) => {
  const described: unknown[] = [];
  const machine = bootPlain(lab, {
    deviceDescription: (description) => {
      described.push(description);
      return STATUS_SUCCESS;
    },
  });
  machine.lab.expectFinding(/GetDeviceDescription succeeded and described nothing/);
  expect(described).toMatchObject([{ scatterGather: false, interfaceType: -1 }]);
  const good = bootPlain(lab);
  expect(good.lab.calls.get('IMiniportWaveRT.GetDeviceDescription')).toBe(1);
  expect(good.openBuffer().pin.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
});
