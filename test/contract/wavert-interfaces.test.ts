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

  it('only GetPosition may be called above PASSIVE_LEVEL [WRT-POS-002]', () => {
    const own = IID_IMiniportWaveRTStream.slots.slice(3);
    const raised = own.filter(({ declaration }) => declaration.maxIrql > PASSIVE_LEVEL);
    expect(raised.map(({ windowsName }) => windowsName)).toEqual(['GetPosition']);
  });
});
