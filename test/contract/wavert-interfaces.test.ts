/**
 * The declared interfaces against the catalogue: IID, vtable order, and every prototype that an
 * entry spells out, with its slot. The expected values are read from the entries themselves.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../src/kernel/irql.ts';
import type { InterfaceId, MethodSlot, Parameter } from '../../src/portcls/ddi/declare.ts';
import { IID_IMiniportWaveRT, IID_IMiniportWaveRTStream } from '../../src/portcls/ddi/miniport.ts';
import { IID_IPortWaveRT, IID_IPortWaveRTStream } from '../../src/portcls/ddi/port.ts';
import {
  IID_IPortClsStreamResourceManager,
  IID_IPortClsStreamResourceManager2,
  PCSTREAMRESOURCE_DESCRIPTOR,
  PcStreamResourceType,
} from '../../src/portcls/ddi/stream-resources.ts';
import {
  IID_IMiniportAudioSignalProcessing,
  IID_IMiniportWaveRTInputStream,
  IID_IMiniportWaveRTOutputStream,
  IID_IMiniportWaveRTStreamNotification,
} from '../../src/portcls/ddi/wavert-streams.ts';

interface Facts {
  readonly id: string;
  readonly says: string;
  readonly iid?: string;
  readonly vtable?: readonly string[];
}

const file = new URL('../../contract/wavert.yaml', import.meta.url);
const entries = parse(readFileSync(file, 'utf8')) as readonly Facts[];

function entry(id: string): Facts {
  const found = entries.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}

const names = (declared: InterfaceId<never>): string[] =>
  declared.slots.map((slot) => slot.windowsName);

function expectInterface(id: string, declared: InterfaceId<unknown>): void {
  const { iid, vtable } = entry(id);
  expect(declared.iid.text).toBe(iid);
  expect(names(declared as InterfaceId<never>)).toEqual(vtable);
  expect(declared.slots.map((slot) => slot.slot)).toEqual(vtable?.map((_, index) => index));
}

/** `KSRTAUDIO_HWLATENCY *` and `PKSRTAUDIO_HWLATENCY` are one type, and so are REF and P of one. */
const plainType = (cType: string): string => {
  const type = cType.replaceAll(' ', '');
  return type.endsWith('*') ? `P${type.slice(0, -1)}` : type;
};

const declaredParameter = ({ cType, name }: Parameter<unknown>): string =>
  `${plainType(cType)} ${name}`;

/** The first prototype of the text: `NTSTATUS SetState(in KSSTATE State)` as its parts. */
function prototype(says: string): { method: string; returns: string; parameters: string[] } {
  const match = /(?:\b([A-Z]+[A-Z_]*) )?\b(\w+)\(((?:in|out)[^)]*)\)(?: -> (\w+))?/.exec(says);
  const [, before, method = '', list = '', after] = match ?? [];
  const parameters = list.split(', ').map((text) => {
    const [, type = '', name = ''] = /^(?:in|out)(?:_opt)? (.+[ *])(\w+)$/.exec(text) ?? [];
    return `${plainType(type)} ${name}`;
  });
  return { method, returns: before ?? after ?? '', parameters };
}

function slotOf(declared: InterfaceId<unknown>, method: string): MethodSlot {
  const slot = declared.slots.find(({ windowsName }) => windowsName === method);
  if (slot === undefined) throw new Error(`${declared.name} has no ${method}`);
  return slot;
}

/** Holds the prototype in the entry against the declaration, with the slot where it gives one. */
function expectPrototype(id: string, declared: InterfaceId<unknown>): MethodSlot {
  const { says } = entry(id);
  const { method, parameters, returns } = prototype(says);
  const slot = slotOf(declared, method);
  const { declaration } = slot;
  expect(declaration.parameters.map(declaredParameter), id).toEqual(parameters);
  if (returns !== '') expect(declaration.returns, id).toBe(returns);
  const wanted = /slot (\d+)/.exec(says)?.[1];
  if (wanted !== undefined) expect(slot.slot, id).toBe(Number(wanted));
  return slot;
}

describe('the interfaces of the WaveRT port', () => {
  it('IPortWaveRT is IPort with another name [WRT-PRT-001]', () => {
    expectInterface('WRT-PRT-001', IID_IPortWaveRT);
    expect(IID_IPortWaveRT.base?.name).toBe('IPort');
  });

  it('IPort::Init is slot 3 and takes five arguments [WRT-PRT-004]', () => {
    const slot = expectPrototype('WRT-PRT-004', IID_IPortWaveRT);
    expect(slot.declaration.parameters).toHaveLength(5);
  });

  it('IPortWaveRTStream has ten slots in order [WRT-MDL-001]', () => {
    expectInterface('WRT-MDL-001', IID_IPortWaveRTStream);
  });

  it('its methods have the documented prototypes [WRT-MDL-008 WRT-MDL-013 WRT-MDL-017]', () => {
    for (const id of ['WRT-MDL-008', 'WRT-MDL-013', 'WRT-MDL-017']) {
      expectPrototype(id, IID_IPortWaveRTStream);
    }
  });

  it('and so have those that undo and describe [WRT-MDL-028 WRT-MDL-030 WRT-MDL-032 WRT-MDL-033]', () => {
    for (const id of ['WRT-MDL-028', 'WRT-MDL-030', 'WRT-MDL-032', 'WRT-MDL-033']) {
      expectPrototype(id, IID_IPortWaveRTStream);
    }
  });
});

describe('the interfaces of a WaveRT miniport', () => {
  it('IMiniportWaveRT has eight slots in order [WRT-MPT-001]', () => {
    expectInterface('WRT-MPT-001', IID_IMiniportWaveRT);
  });

  it('its methods have the documented prototypes [WRT-MPT-003 WRT-MPT-006 WRT-MPT-015]', () => {
    for (const id of ['WRT-MPT-003', 'WRT-MPT-006', 'WRT-MPT-015']) {
      expectPrototype(id, IID_IMiniportWaveRT);
    }
  });

  it('those of IMiniport come first [WRT-ENU-010 WRT-FMT-007]', () => {
    for (const id of ['WRT-ENU-010', 'WRT-FMT-007']) expectPrototype(id, IID_IMiniportWaveRT);
  });
});

describe('the interface of a WaveRT stream', () => {
  it('IMiniportWaveRTStream has eleven slots in order [WRT-BUF-001]', () => {
    expectInterface('WRT-BUF-001', IID_IMiniportWaveRTStream);
  });

  it('its methods have the documented prototypes [WRT-FMT-015 WRT-STA-002 WRT-POS-001 WRT-BUF-006 WRT-BUF-034 WRT-LAT-002 WRT-REG-002 WRT-REG-014]', () => {
    const ids = ['WRT-FMT-015', 'WRT-STA-002', 'WRT-POS-001', 'WRT-BUF-006', 'WRT-BUF-034'];
    for (const id of [...ids, 'WRT-LAT-002', 'WRT-REG-002', 'WRT-REG-014']) {
      const { declaration } = expectPrototype(id, IID_IMiniportWaveRTStream);
      const isPosition = id === 'WRT-POS-001';
      expect(declaration.maxIrql, id).toBe(isPosition ? DISPATCH_LEVEL : PASSIVE_LEVEL);
    }
  });

  it('only GetPosition may be called above PASSIVE_LEVEL', () => {
    const own = IID_IMiniportWaveRTStream.slots.slice(3);
    const raised = own.filter(({ declaration }) => declaration.maxIrql > PASSIVE_LEVEL);
    expect(raised.map(({ windowsName }) => windowsName)).toEqual(['GetPosition']);
  });
});

describe('the optional interfaces of streams and miniports', () => {
  it('notification derives from the stream and has 15 slots [WRT-NTF-001]', () => {
    expectInterface('WRT-NTF-001', IID_IMiniportWaveRTStreamNotification);
    expect(IID_IMiniportWaveRTStreamNotification.base).toBe(IID_IMiniportWaveRTStream);
    expect(IID_IMiniportWaveRTStreamNotification.slots).toHaveLength(15);
  });

  it('its methods have the documented prototypes [WRT-NTF-006 WRT-NTF-010 WRT-NTF-015]', () => {
    for (const id of ['WRT-NTF-006', 'WRT-NTF-010', 'WRT-NTF-015']) {
      const { declaration } = expectPrototype(id, IID_IMiniportWaveRTStreamNotification);
      expect(declaration.maxIrql, id).toBe(PASSIVE_LEVEL);
    }
  });

  it('packets are read at slot 3, at PASSIVE_LEVEL [WRT-PKT-001]', () => {
    expectInterface('WRT-PKT-001', IID_IMiniportWaveRTInputStream);
    const { declaration } = slotOf(IID_IMiniportWaveRTInputStream, 'GetReadPacket');
    expect([declaration.returns, declaration.maxIrql]).toEqual(['NTSTATUS', PASSIVE_LEVEL]);
    expect(declaration.parameters.map(({ name }) => name)).toEqual([
      'PacketNumber',
      'Flags',
      'PerformanceCounterValue',
      'MoreData',
    ]);
    expect(new Set(declaration.parameters.map(({ direction }) => direction))).toEqual(
      new Set(['out']),
    );
  });

  it('packets are written at slots 3 to 5, at PASSIVE_LEVEL [WRT-PKT-002]', () => {
    expectInterface('WRT-PKT-002', IID_IMiniportWaveRTOutputStream);
    const { declaration } = slotOf(IID_IMiniportWaveRTOutputStream, 'SetWritePacket');
    expect(declaration.parameters.map(({ direction, name }) => `${direction} ${name}`)).toEqual([
      'in PacketNumber',
      'in Flags',
      'in EosPacketLength',
    ]);
    for (const { declaration: own } of IID_IMiniportWaveRTOutputStream.slots.slice(3)) {
      expect([own.returns, own.maxIrql]).toEqual(['NTSTATUS', PASSIVE_LEVEL]);
    }
  });

  it('modes are asked for at slot 3 [WRT-MOD-001]', () => {
    expectInterface('WRT-MOD-001', IID_IMiniportAudioSignalProcessing);
    const { declaration } = slotOf(IID_IMiniportAudioSignalProcessing, 'GetModes');
    const parameters = declaration.parameters.map(
      ({ cType, direction, name, optional }) =>
        `${direction}${optional ? '_opt' : ''} ${plainType(cType)} ${name}`,
    );
    expect(parameters).toEqual([
      'in ULONG Pin',
      'out_opt PGUID SignalProcessingModes',
      'in,out PULONG NumSignalProcessingModes',
    ]);
  });
});

describe('the stream resources of the WaveRT port', () => {
  it('have two interfaces, the second with a device [WRT-RSM-001 WRT-RSM-002]', () => {
    expectInterface('WRT-RSM-001', IID_IPortClsStreamResourceManager);
    expectInterface('WRT-RSM-002', IID_IPortClsStreamResourceManager2);
    for (const { declaration } of IID_IPortClsStreamResourceManager2.slots.slice(3)) {
      expect([declaration.returns, declaration.maxIrql]).toEqual(['NTSTATUS', PASSIVE_LEVEL]);
    }
  });

  it('are described by 40 bytes, or 24, of one of three types [WRT-RSM-003]', () => {
    const sizes = /(\d+) bytes on 64-bit, (\d+) on 32-bit/.exec(entry('WRT-RSM-003').says);
    const narrow = PCSTREAMRESOURCE_DESCRIPTOR.layout(4);
    expect([PCSTREAMRESOURCE_DESCRIPTOR.size, narrow.size]).toEqual([
      Number(sizes?.[1]),
      Number(sizes?.[2]),
    ]);
    expect(Object.values(PCSTREAMRESOURCE_DESCRIPTOR.offsets)).toEqual([0, 4, 8, 16, 24, 32]);
    expect(Object.values(narrow.offsets)).toEqual([0, 4, 8, 12, 16, 20]);
    expect(PcStreamResourceType).toEqual({ Interrupt: 0, Thread: 1, Set: 2 });
  });
});
