/** The declared WavePci interfaces against the catalogue: IID, vtable, prototypes, levels. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { KSAUDIO_POSITION } from '../../standards/ks/requests.ts';
import type { InterfaceId, MethodSlot } from './declare.ts';
import * as wavepci from './wavepci.ts';

interface Facts {
  readonly id: string;
  readonly iid?: string;
  readonly clsid?: string;
  readonly returns?: string;
  readonly vtable?: readonly string[];
  readonly params?: readonly {
    readonly dir: string;
    readonly type: string;
    readonly name: string;
  }[];
  readonly fields?: readonly { readonly name: string; readonly off64: number }[];
  readonly size64?: number;
}

const file = new URL('../../../contract/wavepci.yaml', import.meta.url);
const entries = parse(readFileSync(file, 'utf8')) as readonly Facts[];

function entry(id: string): Facts {
  const found = entries.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}

function slotOf(iid: InterfaceId<unknown>, method: string): MethodSlot {
  const slot = iid.slots.find(({ windowsName }) => windowsName === method);
  if (slot === undefined) throw new Error(`there is no ${method}`);
  return slot;
}

/** `ULONG *` and `PULONG` are one type, unless what is pointed to is a pointer type itself. */
const plain = (type: string): string => {
  const bare = type.replaceAll(' ', '');
  const isOfPointers = /^P(?!HYSICAL_)/.test(bare);
  return bare.endsWith('*') && !isOfPointers ? `P${bare.slice(0, -1)}` : bare;
};

const {
  IID_IMiniportWavePci,
  IID_IMiniportWavePciStream,
  IID_IPortWavePci,
  IID_IPortWavePciStream,
  IID_IPreFetchOffset,
} = wavepci;

describe('interfaces', () => {
  const expectInterface = (id: string, declared: InterfaceId<unknown>): void => {
    const { iid, vtable } = entry(id);
    expect(declared.iid.text).toBe(iid);
    expect(declared.slots.map(({ windowsName }) => windowsName)).toEqual(vtable);
  };

  it('IPortWavePci and its class [WPC-IPORT-001]', () => {
    expectInterface('WPC-IPORT-001', IID_IPortWavePci as InterfaceId<unknown>);
    expect(entry('WPC-IPORT-001').clsid).toContain(wavepci.CLSID_PortWavePci.text);
  });
  it('IPortWavePciStream [WPC-PSTRM-001]', () =>
    expectInterface('WPC-PSTRM-001', IID_IPortWavePciStream as InterfaceId<unknown>));
  it('IMiniportWavePci [WPC-IMINI-001]', () =>
    expectInterface('WPC-IMINI-001', IID_IMiniportWavePci as InterfaceId<unknown>));
  it('IMiniportWavePciStream [WPC-MSTRM-001]', () =>
    expectInterface('WPC-MSTRM-001', IID_IMiniportWavePciStream as InterfaceId<unknown>));
  it('IPreFetchOffset [WPC-PFO-001]', () =>
    expectInterface('WPC-PFO-001', IID_IPreFetchOffset as InterfaceId<unknown>));
});

describe('prototypes', () => {
  const expectPrototype = (id: string, iid: unknown, method: string): void => {
    const { params = [], returns = 'VOID' } = entry(id);
    const { declaration } = slotOf(iid as InterfaceId<unknown>, method);
    const asText = (dir: string, type: string, name: string): string => `${dir} ${type} ${name}`;
    expect(
      declaration.parameters.map(({ direction, optional, cType, name }) =>
        asText(optional ? `${direction},optional` : direction, plain(cType), name),
      ),
    ).toEqual(params.map(({ dir, name, type }) => asText(dir, plain(type), name)));
    expect(declaration.returns.toUpperCase()).toBe(returns.toUpperCase());
  };

  it('Notify [WPC-IPORT-002]', () => expectPrototype('WPC-IPORT-002', IID_IPortWavePci, 'Notify'));
  it('NewMasterDmaChannel [WPC-IPORT-003]', () =>
    expectPrototype('WPC-IPORT-003', IID_IPortWavePci, 'NewMasterDmaChannel'));
  it('GetMapping [WPC-PSTRM-002]', () =>
    expectPrototype('WPC-PSTRM-002', IID_IPortWavePciStream, 'GetMapping'));
  it('ReleaseMapping [WPC-PSTRM-003]', () =>
    expectPrototype('WPC-PSTRM-003', IID_IPortWavePciStream, 'ReleaseMapping'));
  it('TerminatePacket [WPC-PSTRM-004]', () =>
    expectPrototype('WPC-PSTRM-004', IID_IPortWavePciStream, 'TerminatePacket'));
  it('IMiniportWavePci::Init [WPC-IMINI-002]', () =>
    expectPrototype('WPC-IMINI-002', IID_IMiniportWavePci, 'Init'));
  it('NewStream [WPC-IMINI-003]', () =>
    expectPrototype('WPC-IMINI-003', IID_IMiniportWavePci, 'NewStream'));
  it('IMiniportWavePci::Service [WPC-IMINI-004]', () =>
    expectPrototype('WPC-IMINI-004', IID_IMiniportWavePci, 'Service'));
  it('SetFormat [WPC-MSTRM-002]', () =>
    expectPrototype('WPC-MSTRM-002', IID_IMiniportWavePciStream, 'SetFormat'));
  it('SetState [WPC-MSTRM-003]', () =>
    expectPrototype('WPC-MSTRM-003', IID_IMiniportWavePciStream, 'SetState'));
  it('GetPosition [WPC-MSTRM-004]', () =>
    expectPrototype('WPC-MSTRM-004', IID_IMiniportWavePciStream, 'GetPosition'));
  it('NormalizePhysicalPosition [WPC-MSTRM-005]', () =>
    expectPrototype('WPC-MSTRM-005', IID_IMiniportWavePciStream, 'NormalizePhysicalPosition'));
  it('GetAllocatorFraming [WPC-MSTRM-006]', () =>
    expectPrototype('WPC-MSTRM-006', IID_IMiniportWavePciStream, 'GetAllocatorFraming'));
  it('RevokeMappings [WPC-MSTRM-007]', () =>
    expectPrototype('WPC-MSTRM-007', IID_IMiniportWavePciStream, 'RevokeMappings'));
  it('MappingAvailable [WPC-MSTRM-008]', () =>
    expectPrototype('WPC-MSTRM-008', IID_IMiniportWavePciStream, 'MappingAvailable'));
  it('IMiniportWavePciStream::Service [WPC-MSTRM-009]', () =>
    expectPrototype('WPC-MSTRM-009', IID_IMiniportWavePciStream, 'Service'));
  it('SetPreFetchOffset [WPC-PFO-002]', () =>
    expectPrototype('WPC-PFO-002', IID_IPreFetchOffset, 'SetPreFetchOffset'));
});

it('KSAUDIO_POSITION is two 64-bit offsets, on both widths [WPC-POS-016]', () => {
  const { fields = [], size64 } = entry('WPC-POS-016');
  for (const width of [4, 8] as const) {
    const layout = KSAUDIO_POSITION.layout(width);
    expect(layout.size).toBe(size64);
    for (const { name, off64 } of fields) {
      expect(layout.offsets[name as keyof typeof layout.offsets]).toBe(off64);
    }
  }
});
