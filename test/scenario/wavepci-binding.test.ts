/** How a WavePci filter comes to be: port, miniport, DMA channels, groups, and who owns what. */
import { expect } from 'vitest';
import { Out } from '../../src/base/out.ts';
import {
  CLSID_PortWavePci,
  type IDmaChannel,
  IID_IPort,
  IID_IPortWavePci,
  IID_IUnknown,
  type IPort,
  type IPortWavePci,
  type IServiceGroup,
} from '../../src/portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_CAPTURE,
  KSCATEGORY_RENDER,
} from '../../src/standards/ks/guids.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_DEVICE_CONFIGURATION_ERROR,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { noise, scenario } from '../../src/testing/index.ts';
import { bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';
import { addTopology, newPort } from '../support/plain-filters.ts';
import { bootPlain } from '../support/plain-machine.ts';

const UNUSED = 0xffff_ffff;
const NONPAGED = 0;

/** NewMasterDmaChannel as its page asks for it, with what a test changes. */
function newChannel(
  port: IPortWavePci,
  out: Out<IDmaChannel | null>,
  {
    poolType = NONPAGED,
    gathers = true,
    reaches64 = true,
    unused = UNUSED,
    dmaPort = 0,
    maximum = 0x1_0000,
  } = {},
): NtStatus {
  return port.newMasterDmaChannel(
    out,
    null,
    poolType,
    null,
    gathers,
    true,
    reaches64,
    false,
    unused,
    unused,
    maximum,
    dmaPort,
  );
}

scenario(
  'the class makes a port that is IPortWavePci, IPort and IUnknown [PCL-PORT-004 WPC-SCOPE-008]',
  (lab) => {
    const machine = bootPlain(lab, {
      startDevice: (driver) => {
        const port: IPort = newPort(driver, CLSID_PortWavePci);
        for (const iid of [IID_IPortWavePci, IID_IPort, IID_IUnknown]) {
          const answer = port.queryInterface(iid);
          expect(answer).not.toBe(null);
          answer?.release();
        }
        port.release();
        return STATUS_SUCCESS;
      },
    });
    expect(machine.lab.findings).toEqual([]);
  },
);

scenario(
  'the port calls Init within its own, with what it was given, then asks for the description ' +
    '[WPC-INIT-001 WPC-INIT-002 WPC-INIT-003 WPC-INIT-008 WPC-IRQL-006]',
  (lab) => {
    const seen: number[] = [];
    let list: unknown = null;
    const init = (port: IPortWavePci, group: Out<IServiceGroup | null>): NtStatus => {
      seen.push(group.value === null ? 1 : 0);
      const answer = port.queryInterface(IID_IPortWavePci);
      expect(answer).not.toBe(null);
      answer?.release();
      return STATUS_SUCCESS;
    };
    const machine = bootBusMaster(lab, { init }, {}, (_driver, start) => {
      list = start.list;
      return STATUS_SUCCESS;
    });
    expect(seen).toEqual([1]);
    expect(machine.miniport.resources).toBe(list);
    expect(machine.miniport.adapter).toBe(null);
    expect(machine.miniport.resources?.numberOfEntries()).toBe(2);
    const calls = machine.takeCalls();
    expect(calls.indexOf('GetDescription')).toBeGreaterThan(calls.indexOf('Init'));
    const { interfaces } = machine.kernel;
    for (const category of [KSCATEGORY_AUDIO, KSCATEGORY_RENDER, KSCATEGORY_CAPTURE]) {
      expect(interfaces.enumerate(category).length).toBe(1);
    }
  },
);

scenario(
  'a miniport that finds its hardware wanting fails IPort::Init, and is let go ' +
    '[WPC-INIT-004 WPC-INIT-007]',
  (lab) => {
    expect(() => bootBusMaster(lab, { init: () => STATUS_DEVICE_CONFIGURATION_ERROR })).toThrow(
      /STATUS_DEVICE_CONFIGURATION_ERROR/,
    );
  },
);

scenario('a port that was not initialised makes no filter [WPC-SCOPE-006]', (lab) => {
  let registered: NtStatus = STATUS_SUCCESS;
  const machine = bootPlain(lab, {
    startDevice: (driver, device) => {
      const port = newPort(driver, CLSID_PortWavePci);
      registered = driver.wdk.PcRegisterSubdevice(device, 'Wave', port);
      port.release();
      return STATUS_SUCCESS;
    },
  });
  expect(registered).toBe(STATUS_INVALID_DEVICE_STATE);
  expect(machine.kernel.interfaces.enumerate(KSCATEGORY_AUDIO)).toEqual([]);
});

scenario(
  'a WavePci filter stands beside a topology filter of the same adapter [WPC-SCOPE-007]',
  (lab) => {
    const machine = bootBusMaster(lab, {}, {}, (driver, start) => {
      const { port, status } = addTopology(driver, start);
      port.release();
      return status;
    });
    expect(machine.kernel.interfaces.enumerate(KSCATEGORY_AUDIO).length).toBe(2);
    expect(machine.filter.pinCount).toBe(5);
    const pin = machine.openPin();
    machine.setState(pin, KSSTATE.RUN);
  },
);

scenario(
  'all that passes between port and miniport passes by the documented interfaces [WPC-SCOPE-010]',
  (lab) => {
    const machine = bootBusMaster(lab, { filterGroup: true });
    const spied = machine.spy();
    const pin = machine.openPin();
    machine.setState(pin, KSSTATE.PAUSE);
    machine.write(pin, noise(STEREO_48, 480));
    machine.setState(pin, KSSTATE.RUN);
    machine.lab.runFor(20_000_000);
    pin.close();
    const interfaces = new Set(spied.map(({ name }) => name.split('.')[0]));
    const auxiliary = ['IServiceGroup', 'IServiceSink', 'IPowerNotify', 'IPinName', 'IPinCount'];
    const expected = new Set([
      'IPortWavePci',
      'IPortWavePciStream',
      'IMiniportWavePci',
      'IMiniportWavePciStream',
      ...auxiliary,
    ]);
    for (const name of interfaces) expect(expected).toContain(name);
    expect([...interfaces]).toEqual(expect.arrayContaining(['IMiniportWavePciStream']));
  },
);

scenario(
  'a DMA channel has an adapter object and one reference; unused parameters change nothing ' +
    '[WPC-DMA-003 WPC-DMA-005 WPC-DMA-007 WPC-IRQL-001]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const { port } = machine.miniport;
    if (port === null) throw new Error('no port');
    for (const request of [{}, { unused: 2, dmaPort: 7 }]) {
      const out = new Out<IDmaChannel | null>(null);
      expect(newChannel(port, out, request)).toBe(STATUS_SUCCESS);
      const channel = out.value;
      expect(channel?.getAdapterObject()).toBeTruthy();
      expect(channel?.allocateBuffer(0x1_0001, null)).toBe(STATUS_INVALID_PARAMETER);
      expect(channel?.allocateBuffer(0x1_0000, null)).toBe(STATUS_SUCCESS);
      expect(channel?.release()).toBe(0);
    }
    const { irql } = machine.kernel;
    const old = irql.raise(2);
    expect(() => newChannel(port, new Out<IDmaChannel | null>(null))).toThrow(/IRQL/);
    machine.lab.isAbandoned = true;
    irql.current = old;
  },
);

scenario(
  'a channel without scatter/gather, in paged pool, or without a place for it is reported ' +
    '[WPC-DMA-001 WPC-DMA-002 WPC-DMA-008 WPC-HW-012]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const { port } = machine.miniport;
    if (port === null) throw new Error('no port');
    machine.lab.expectFinding(/NewMasterDmaChannel of a WavePci port without ScatterGather/);
    machine.lab.expectFinding(/paged pool/);
    machine.lab.expectFinding(/NULL for DmaChannel/);
    for (const request of [{ gathers: false }, { poolType: 1 }]) {
      const out = new Out<IDmaChannel | null>(null);
      expect(newChannel(port, out, request)).toBe(STATUS_SUCCESS);
      out.value?.release();
    }
    const nowhere = null as unknown as Out<IDmaChannel | null>;
    expect(newChannel(port, nowhere)).toBe(STATUS_INVALID_PARAMETER);
  },
);

const REACHED = [{ base: 0x10_0000, bytes: 0x100_0000 }];
const BEYOND_REACH = [
  { base: 0x10_0000, bytes: 0x80_0000 },
  { base: 0x1_0000_0000, bytes: 0x80_0000 },
];

for (const [ranges, has64Bits, mapRegisters, status, isTold] of [
  [REACHED, false, 64, STATUS_SUCCESS, false],
  [REACHED, false, 0, STATUS_SUCCESS, false],
  [BEYOND_REACH, true, 0, STATUS_SUCCESS, false],
  [BEYOND_REACH, false, 64, STATUS_SUCCESS, true],
  [BEYOND_REACH, false, 0, STATUS_INSUFFICIENT_RESOURCES, true],
] as const) {
  const memory = ranges === REACHED ? 'below 4 GiB' : 'on both sides of 4 GiB';
  const told = isTold ? 'is told of WaveCyclic' : 'is told nothing';
  const given = status === STATUS_SUCCESS ? 'has a channel' : 'is refused one';
  scenario(
    `a device with ${has64Bits ? 64 : 32} bits of address, memory ${memory} and ${mapRegisters} ` +
      `map registers ${told} and ${given} [WPC-SCOPE-002 WPC-HW-008]`,
    (lab) => {
      const machine = bootBusMaster(lab, {}, { ranges, dma: { mapRegisters } });
      const { port } = machine.miniport;
      if (port === null) throw new Error('no port');
      const out = new Out<IDmaChannel | null>(null);
      expect(newChannel(port, out, { reaches64: has64Bits })).toBe(status);
      expect(out.value === null).toBe(status !== STATUS_SUCCESS);
      out.value?.release();
      expect(machine.lab.findings.length).toBe(isTold ? 1 : 0);
      if (isTold) machine.lab.expectFinding(/WaveCyclic would copy/);
    },
  );
}

scenario(
  'the channel that NewStream outputs is the miniport’s, and needs no buffer ' +
    '[WPC-NS-006 WPC-NS-007 WPC-MAP-012]',
  (lab) => {
    const options: { channel?: IDmaChannel } = {};
    const machine = bootBusMaster(lab, options);
    const out = new Out<IDmaChannel | null>(null);
    const { port } = machine.miniport;
    if (port === null) throw new Error('no port');
    newChannel(port, out);
    const channel = out.value;
    if (channel === null) throw new Error('no channel');
    options.channel = channel;
    const pin = machine.openPin();
    machine.setState(pin, KSSTATE.PAUSE);
    const sound = noise(STEREO_48, 480);
    machine.write(pin, sound);
    machine.setState(pin, KSSTATE.RUN);
    machine.lab.runFor(15_000_000);
    expect(machine.ear.heard().bytes.subarray(0, sound.length)).toEqual(sound);
    pin.close();
    expect(channel.addRef()).toBe(2);
    channel.release();
    expect(channel.release()).toBe(0);
  },
);

scenario(
  'what the miniport hands over is released once, when the pin closes [WPC-NS-008 WPC-INIT-007]',
  (lab) => {
    const machine = bootBusMaster(lab, { groups: 'shared', filterGroup: true });
    const pin = machine.openPin();
    const group: IServiceGroup | undefined = [...machine.miniport.groups].at(-1);
    const references = (): number => {
      group?.addRef();
      return group?.release() ?? 0;
    };
    expect(references()).toBe(2);
    expect(machine.stream.references).toBe(1);
    pin.close();
    expect(references()).toBe(1);
    expect(machine.stream.references).toBe(0);
  },
);
