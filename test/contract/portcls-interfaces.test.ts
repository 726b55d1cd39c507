/** The interfaces and functions of PortCls, held against the catalogue. */
import { describe, expect, it } from 'vitest';
import { derivesFrom } from '../../src/portcls/ddi/declare.ts';
import {
  CLSID_PortTopology,
  CLSID_PortWaveRT,
  IID_IMiniport,
  IID_IMiniportTopology,
  IID_IMiniportWaveRT,
  IID_IPinCount,
  IID_IPinName,
  IID_IPort,
  IID_IPortEvents,
  IID_IPortTopology,
  IID_IUnknown,
  IID_IUnknownCom,
  IID_IUnregisterPhysicalConnection,
  IID_IUnregisterSubdevice,
  type InterfaceId,
  portClsFunctions,
} from '../../src/portcls/ddi/index.ts';
import { expectInterface, expectSignature, facts, method } from '../support/catalogue-facts.ts';

const isUnknown = <T>(iid: InterfaceId<T>): boolean =>
  derivesFrom(iid as InterfaceId<unknown>, IID_IUnknown as InterfaceId<unknown>);

describe('interfaces in vtable order', () => {
  it('IPort, which derives from IUnknown [PCL-IPRT-001]', () => {
    expectInterface('PCL-IPRT-001', IID_IPort);
    expect(isUnknown(IID_IPort)).toBe(true);
  });

  it('IPort::Init takes five inputs, two of them optional [PCL-IPRT-002]', () => {
    expectSignature('PCL-IPRT-002', method(IID_IPort, 'Init'));
  });

  it('GetDeviceProperty of a port [PCL-IPRT-010]', () => {
    const declared = method(IID_IPort, 'GetDeviceProperty');
    expectSignature('PCL-IPRT-010', declared);
    expect(declared.maxIrql).toBe(0);
  });

  it('IMiniport::GetDescription and DataRangeIntersection [PCL-IMP-002 PCL-IMP-004]', () => {
    expectInterface('PCL-IMP-001', IID_IMiniport);
    expectSignature('PCL-IMP-002', method(IID_IMiniport, 'GetDescription'));
    expectSignature('PCL-IMP-004', method(IID_IMiniportWaveRT, 'DataRangeIntersection'));
    expect(method(IID_IMiniport, 'DataRangeIntersection').maxIrql).toBe(0);
    expect(method(IID_IMiniport, 'GetDescription').maxIrql).toBe(0);
  });

  it('IMiniportTopology adds Init, and IPortTopology nothing [PCL-TOP-001]', () => {
    expectSignature('PCL-TOP-001', method(IID_IMiniportTopology, 'Init'));
    expect(facts('PCL-TOP-001').iid).toContain(IID_IMiniportTopology.iid.text);
    const names = <T>({ slots }: InterfaceId<T>) => slots.map(({ windowsName }) => windowsName);
    expect(names(IID_IPortTopology)).toEqual(names(IID_IPort));
    expect(names(IID_IMiniportTopology)).toEqual([...names(IID_IMiniport), 'Init']);
    expect(IID_IMiniportTopology.slots).toHaveLength(6);
  });

  it('IPinCount and its five counters, at PASSIVE_LEVEL [PCL-PIN-009]', () => {
    expectInterface('PCL-PIN-008', IID_IPinCount);
    expectSignature('PCL-PIN-009', method(IID_IPinCount, 'PinCount'));
    expect(method(IID_IPinCount, 'PinCount').maxIrql).toBe(0);
  });

  it('IPinName and its method [PCL-PIN-018]', () => {
    expectInterface('PCL-PIN-018', IID_IPinName);
    expectSignature('PCL-PIN-018', method(IID_IPinName, 'GetPinName'));
    expect(method(IID_IPinName, 'GetPinName').since).toBe('win7');
  });

  it('IPortEvents and its methods [PCL-EVT-001 PCL-EVT-002 PCL-EVT-003]', () => {
    expectInterface('PCL-EVT-001', IID_IPortEvents);
    expectSignature('PCL-EVT-002', method(IID_IPortEvents, 'AddEventToEventList'));
    expectSignature('PCL-EVT-003', method(IID_IPortEvents, 'GenerateEventList'));
    expect(method(IID_IPortEvents, 'AddEventToEventList').maxIrql).toBe(0);
    expect(method(IID_IPortEvents, 'GenerateEventList').maxIrql).toBe(15);
  });

  it('IUnregisterSubdevice and its method [PCL-SUB-007 PCL-SUB-008]', () => {
    expectInterface('PCL-SUB-007', IID_IUnregisterSubdevice);
    expectSignature('PCL-SUB-008', method(IID_IUnregisterSubdevice, 'UnregisterSubdevice'));
    expect(method(IID_IUnregisterSubdevice, 'UnregisterSubdevice').maxIrql).toBe(0);
  });

  it('IUnregisterPhysicalConnection [PCL-PHY-007]', () => {
    expectInterface('PCL-PHY-007', IID_IUnregisterPhysicalConnection);
  });
});

describe('functions', () => {
  it.each([
    ['PCL-DRV-002', 'PcInitializeAdapterDriver'],
    ['PCL-DRV-008', 'PcAddAdapterDevice'],
    ['PCL-PORT-001', 'PcNewPort'],
    ['PCL-IPRT-012', 'PcGetDeviceProperty'],
    ['PCL-SUB-001', 'PcRegisterSubdevice'],
    ['PCL-PHY-001', 'PcRegisterPhysicalConnection'],
    ['PCL-PHY-002', 'PcRegisterPhysicalConnectionToExternal'],
    ['PCL-PHY-003', 'PcRegisterPhysicalConnectionFromExternal'],
  ] as const)(
    'are declared as the pages have them [PCL-DRV-002 PCL-DRV-008 PCL-PORT-001 PCL-IPRT-012 ' +
      'PCL-SUB-001 PCL-PHY-001 PCL-PHY-002 PCL-PHY-003] (%s %s)',
    (id, name) => {
      expectSignature(id, portClsFunctions[name]);
      expect(portClsFunctions[name].maxIrql).toBe(0);
    },
  );

  it('PcCompletePendingPropertyRequest is called up to DISPATCH_LEVEL [PCL-PROP-026]', () => {
    const declared = portClsFunctions.PcCompletePendingPropertyRequest;
    expectSignature('PCL-PROP-026', declared);
    expect(declared.maxIrql).toBe(2);
  });
});

describe('GUIDs', () => {
  it('gives IUnknown its own GUID in the kernel, and knows the one of COM', () => {
    const values = Object.values(facts('PCL-IID-001').values ?? {});
    expect([IID_IUnknown.iid.text, IID_IUnknownCom.iid.text]).toEqual(values);
  });

  it('names the classes of the ports that are built', () => {
    expect(facts('PCL-PORT-006').clsid).toBe(`CLSID_PortWaveRT ${CLSID_PortWaveRT.text}`);
    expect(facts('PCL-PORT-007').clsid).toBe(`CLSID_PortTopology ${CLSID_PortTopology.text}`);
  });
});
