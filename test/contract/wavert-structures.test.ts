/**
 * Struct sizes and offsets, property ids, flags and GUIDs against the catalogue. What can be read
 * out of an entry is read out of it, so that the two cannot drift apart.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCatalogue, readProject } from '../../contract/index.mjs';
import type { Struct } from '../../src/base/struct.ts';
import {
  KSDATAFORMAT,
  KSDATARANGE_AUDIO,
  WAVE_FORMAT_OFFSET,
} from '../../src/standards/ks/formats.ts';
import {
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
  KSINTERFACESETID_Standard,
  KSMEDIUMSETID_Standard,
  KSNAME_Pin,
  KSPROPSETID_Audio,
  KSPROPSETID_Connection,
  KSPROPSETID_Pin,
  KSPROPSETID_RTAudio,
  KSPROPSETID_Stream,
} from '../../src/standards/ks/guids.ts';
import * as requests from '../../src/standards/ks/requests.ts';
import { WAVEFORMATEX, WAVEFORMATEXTENSIBLE } from '../../src/standards/pcm/format.ts';

type Layout = Struct<Record<string, 'u32'>>;

const root = fileURLToPath(new URL('../..', import.meta.url));
const catalogue = readCatalogue(readProject(root).catalogue);

function says(id: string): string {
  const entry = catalogue.byId.get(id);
  if (entry === undefined) throw new Error(`there is no ${id}`);
  return entry.says;
}

/** The catalogue's KSP_NODE is our KSNODEPROPERTY: the same fields by another name. */
const structs: Record<string, unknown> = {
  ...requests,
  KSDATAFORMAT,
  KSP_NODE: requests.KSNODEPROPERTY,
};

function structNamed(name: string): Layout {
  const found = structs[name];
  if (found === undefined) throw new Error(`there is no struct ${name}`);
  return found as Layout;
}

function expectSizes(name: string, wide: string, narrow: string): void {
  const layout = structNamed(name);
  expect([layout.size, layout.layout(4).size], name).toEqual([Number(wide), Number(narrow)]);
}

/** `Field 24` and `Field 32/28`: the offset for pointers of 8 and of 4 bytes. */
function expectOffsets(name: string, list: string): void {
  const layout = structNamed(name);
  for (const [, field = '', wide, narrow = wide] of list.matchAll(
    /([A-Z]\w+) (\d+)(?:\/(\d+))?/g,
  )) {
    const offsets = [layout.offsets[field], layout.layout(4).offsets[field]];
    expect(offsets, `${name}.${field}`).toEqual([Number(wide), Number(narrow)]);
  }
}

/** Sizes and offsets of every `NAME 40/32 (Field 24, ...)`; how many there were. */
function expectPointerStructs(text: string): number {
  const whole = text.replaceAll('..._WITH', 'KSRTAUDIO_BUFFER_PROPERTY_WITH');
  let count = 0;
  for (const match of whole.matchAll(/(KS[A-Z_]+) (\d+)\/(\d+)(?: \(([^)]*)\))?/g)) {
    const [, name = '', wide = '', narrow = '', fields = ''] = match;
    expectSizes(name, wide, narrow);
    expectOffsets(name, fields);
    count++;
  }
  return count;
}

describe('structures of WaveRT requests', () => {
  it('that carry pointers in have both layouts [WRT-STR-001]', () => {
    expect(expectPointerStructs(says('WRT-STR-001'))).toBe(5);
  });

  it('that carry pointers out have both layouts [WRT-STR-002]', () => {
    expect(expectPointerStructs(says('WRT-STR-002'))).toBe(3);
  });

  it('without pointers are the same for all [WRT-STR-003]', () => {
    const text = says('WRT-STR-003').replace('KSP_PIN and KSP_NODE', 'KSP_PIN 32, KSP_NODE');
    const sizes = [...text.matchAll(/(KS[A-Z_]+) (\d+)/g)];
    expect(sizes).toHaveLength(10);
    for (const [, name = '', size = ''] of sizes) expectSizes(name, size, size);
    const { offsets } = requests.KSRTAUDIO_GETREADPACKET_INFO;
    expect(Object.values(offsets)).toEqual([0, 4, 8, 16]);
  });

  it('KSPIN_CONNECT is 72 or 64 bytes long [WRT-PIN-002]', () => {
    expectSizes('KSPIN_CONNECT', '72', '64');
    const { offsets } = requests.KSPIN_CONNECT;
    const at = [offsets.InterfaceSet, offsets.MediumSet, offsets.PinId, offsets.PinToHandle];
    expect([...at, offsets.PriorityClass]).toEqual([0, 24, 48, 56, 64]);
    const narrow = requests.KSPIN_CONNECT.layout(4).offsets;
    expect([narrow.PinId, narrow.PinToHandle, narrow.PriorityClass]).toEqual([48, 52, 56]);
    expect(requests.KSPRIORITY_NORMAL).toBe(0x4000_0000);
  });

  it('KSDATARANGE_AUDIO continues a KSDATARANGE [WRT-FMT-004]', () => {
    const { offsets } = KSDATARANGE_AUDIO;
    const fields = /ULONG (.*?);/.exec(says('WRT-FMT-004'))?.[1]?.split(', ') ?? [];
    const at = fields.map((field) => offsets[field as keyof typeof offsets]);
    expect(at).toEqual([64, 68, 72, 76, 80]);
  });

  it('a wave format lies behind the 64 bytes of KSDATAFORMAT [WRT-FMT-001 WRT-FMT-002]', () => {
    expect([KSDATAFORMAT.size, WAVE_FORMAT_OFFSET]).toEqual([64, 64]);
    expect([WAVEFORMATEX.size, WAVEFORMATEXTENSIBLE.size]).toEqual([18, 40]);
    const guids = [...says('WRT-FMT-002').matchAll(/\{[\w-]+\}/g)].map(([text]) => text);
    const ours = [KSDATAFORMAT_TYPE_AUDIO, KSDATAFORMAT_SUBTYPE_PCM];
    expect([...ours, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX].map(({ text }) => text)).toEqual(guids);
  });
});

/** `NAME 3` pairs of an entry's text, against a table of ids. */
function expectIds(id: string, table: Readonly<Record<string, number>>): void {
  const text = says(id).split(';')[0] ?? '';
  const pairs = [...text.matchAll(/\b([A-Z][A-Z_0-9]+) (\d+)/g)];
  expect(pairs.length).toBeGreaterThan(5);
  for (const [, name = '', number] of pairs) expect(table[name], name).toBe(Number(number));
  expect(Object.keys(table)).toHaveLength(pairs.length);
}

const firstGuid = (id: string): string | undefined => /\{[\w-]+\}/.exec(says(id))?.[0];

describe('property sets on a WaveRT filter', () => {
  it('have the published ids [WRT-PRP-001 WRT-PRP-008 WRT-ENU-013]', () => {
    expectIds('WRT-PRP-001', requests.KSPROPERTY_RTAUDIO);
    expectIds('WRT-PRP-008', requests.KSPROPERTY_CONNECTION);
    expectIds('WRT-ENU-013', requests.KSPROPERTY_PIN);
  });

  it('have the published GUIDs [WRT-PRP-001 WRT-PRP-008 WRT-PRP-009 WRT-ENU-013 WRT-POS-009]', () => {
    const sets = {
      'WRT-PRP-001': KSPROPSETID_RTAudio,
      'WRT-PRP-008': KSPROPSETID_Connection,
      'WRT-PRP-009': KSPROPSETID_Stream,
      'WRT-ENU-013': KSPROPSETID_Pin,
      'WRT-POS-009': KSPROPSETID_Audio,
    };
    for (const [id, set] of Object.entries(sets)) expect(set.text, id).toBe(firstGuid(id));
  });

  it('are asked with a KSPROPERTY of 24 bytes and the published flags [WRT-PRP-005]', () => {
    expect(requests.KSPROPERTY.size).toBe(24);
    expect(requests.KSPROPERTY.align).toBe(8);
    const flags = [...says('WRT-PRP-005').matchAll(/\b([A-Z]+) (0x[0-9a-fA-F]+)/g)];
    expect(flags).toHaveLength(7);
    const published = new Map<string, unknown>(Object.entries(requests));
    for (const [, name = '', value] of flags) {
      const ours = published.get(`KSPROPERTY_TYPE_${name}`);
      expect(ours, name).toBe(Number(value));
    }
  });
});

describe('opening a pin', () => {
  it('names the pin, its interface and its medium by their GUIDs [WRT-PIN-001 WRT-PIN-008]', () => {
    expect(KSNAME_Pin.text).toBe(firstGuid('WRT-PIN-001'));
    const guids = [...says('WRT-PIN-008').matchAll(/\{[\w-]+\}/g)].map(([text]) => text);
    expect([KSINTERFACESETID_Standard.text, KSMEDIUMSETID_Standard.text]).toEqual(guids);
    expect(requests.KSINTERFACE_STANDARD).toEqual({ STREAMING: 0, LOOPED_STREAMING: 1 });
  });
});
