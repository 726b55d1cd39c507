import { describe, expect, it } from 'vitest';
import { Out } from '../base/out.ts';
import { ObjectLedger } from '../kernel/objects.ts';
import {
  CmResourceTypeDma,
  CmResourceTypeInterrupt,
  CmResourceTypeMemory,
  type ResourceDescriptor,
} from '../kernel/pnp/resources.ts';
import {
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { portClsFunctions } from './ddi/functions.ts';
import { IID_IResourceList, type IResourceList } from './ddi/port.ts';
import type { ObjectHome } from './ddi/unknown.ts';
import {
  newResourceList,
  newResourceSublist,
  pcNewResourceList,
  pcNewResourceSublist,
} from './resource-list.ts';

const memory = (start: number): ResourceDescriptor => ({
  type: CmResourceTypeMemory,
  shareDisposition: 1,
  flags: 0,
  start,
  length: 0x4000,
});
const interrupt = (vector: number, level: number): ResourceDescriptor => ({
  type: CmResourceTypeInterrupt,
  shareDisposition: 3,
  flags: 0,
  vector,
  level,
  affinity: 1,
});

const TRANSLATED = [memory(0xf000_0000), interrupt(0x91, 9), memory(0xf800_0000)];
const UNTRANSLATED = [memory(0x1000), interrupt(17, 17), memory(0x8000)];
const POOL = 1;

function makeHome(): ObjectHome {
  return {
    objects: new ObjectLedger(),
    bugCheck: (_code, _p1, _p2, _p3, _p4, detail) => {
      throw new Error(detail);
    },
  };
}

function makeParent(home = makeHome()): IResourceList {
  const out = new Out<IResourceList | null>(null);
  expect(pcNewResourceList(home, out, null, POOL, TRANSLATED, UNTRANSLATED)).toBe(STATUS_SUCCESS);
  if (out.value === null) throw new Error('no list');
  return out.value;
}

const signature = (name: 'PcNewResourceList' | 'PcNewResourceSublist') =>
  portClsFunctions[name].parameters.map((each) => `${each.direction} ${each.cType} ${each.name}`);

describe('resource list', () => {
  it('has the vtable of IResourceList [PCL-RES-001]', () => {
    expect(IID_IResourceList.iid.text).toBe('{22C6AC60-851B-11D0-9A7F-00AA0038ACFE}');
    expect(IID_IResourceList.slots.map((slot) => slot.windowsName)).toEqual([
      'QueryInterface',
      'AddRef',
      'Release',
      'NumberOfEntries',
      'NumberOfEntriesOfType',
      'FindTranslatedEntry',
      'FindUntranslatedEntry',
      'AddEntry',
      'AddEntryFromParent',
      'TranslatedList',
      'UntranslatedList',
    ]);
  });

  it('is made from two lists at PASSIVE_LEVEL [PCL-RES-002]', () => {
    expect(signature('PcNewResourceList')).toEqual([
      'out PRESOURCELIST * OutResourceList',
      'in PUNKNOWN OuterUnknown',
      'in ULONG PoolType',
      'in PCM_RESOURCE_LIST TranslatedResources',
      'in PCM_RESOURCE_LIST UntranslatedResources',
    ]);
    expect(portClsFunctions.PcNewResourceList.maxIrql).toBe(0);
    const list = makeParent();
    expect(list.translatedList()).toEqual(TRANSLATED);
    expect(list.untranslatedList()).toEqual(UNTRANSLATED);
    expect(list.numberOfEntries()).toBe(3);
  });

  it('counts the entries of a type [PCL-RES-008]', () => {
    const list = makeParent();
    expect(list.numberOfEntriesOfType(CmResourceTypeMemory)).toBe(2);
    expect(list.numberOfEntriesOfType(CmResourceTypeInterrupt)).toBe(1);
    expect(list.numberOfEntriesOfType(CmResourceTypeDma)).toBe(0);
  });

  it('finds the n-th entry of a type, and null past the last [PCL-RES-006]', () => {
    const list = makeParent();
    expect(list.findTranslatedEntry(CmResourceTypeMemory, 1)).toBe(TRANSLATED[2]);
    expect(list.findUntranslatedEntry(CmResourceTypeMemory, 0)).toBe(UNTRANSLATED[0]);
    expect(list.findTranslatedEntry(CmResourceTypeMemory, 2)).toBeNull();
    expect(list.findUntranslatedEntry(CmResourceTypeInterrupt, 1)).toBeNull();
    expect(list.findTranslatedEntry(CmResourceTypeDma, 0)).toBeNull();
  });

  it('gives both forms of one resource the same type and index [PCL-RES-007]', () => {
    const home = makeHome();
    const list = makeParent(home);
    for (const type of [CmResourceTypeMemory, CmResourceTypeInterrupt]) {
      for (let index = 0; index < list.numberOfEntriesOfType(type); index++) {
        const translated = list.findTranslatedEntry(type, index);
        const untranslated = list.findUntranslatedEntry(type, index);
        const place = TRANSLATED.findIndex((each) => Object.is(each, translated));
        expect(untranslated).toBe(UNTRANSLATED[place]);
      }
    }
    expect(newResourceList(home, TRANSLATED, UNTRANSLATED.slice(1))).toBeNull();
    const shuffled = [interrupt(17, 17), memory(0x1000), memory(0x8000)];
    expect(newResourceList(home, TRANSLATED, shuffled)).toBeNull();
    const child = newResourceSublist(home, list, 1);
    expect(child.addEntry(memory(1), interrupt(1, 1))).toBe(STATUS_INVALID_PARAMETER);
    expect(child.addEntry(null, memory(1))).toBe(STATUS_INVALID_PARAMETER);
    expect(child.addEntry(memory(1), null)).toBe(STATUS_INVALID_PARAMETER);
    expect(child.numberOfEntries()).toBe(0);
  });

  it('does not see what happens to the arrays it was made from', () => {
    const translated = [...TRANSLATED];
    const list = newResourceList(makeHome(), translated, UNTRANSLATED);
    translated.pop();
    expect(list?.numberOfEntries()).toBe(3);
  });

  it('takes no entry when it is full [PCL-RES-004]', () => {
    expect(makeParent().addEntry(memory(1), memory(2))).toBe(STATUS_INSUFFICIENT_RESOURCES);
    const child = newResourceSublist(makeHome(), makeParent(), 1);
    expect(child.addEntry(memory(1), memory(2))).toBe(STATUS_SUCCESS);
    expect(child.addEntry(memory(3), memory(4))).toBe(STATUS_INSUFFICIENT_RESOURCES);
    expect(child.translatedList()).toEqual([memory(1)]);
    expect(child.untranslatedList()).toEqual([memory(2)]);
  });

  it('copies an entry of its parent, or says what is wrong [PCL-RES-005]', () => {
    const parent = makeParent();
    const child = newResourceSublist(makeHome(), parent, 1);
    expect(child.addEntryFromParent(parent, CmResourceTypeMemory, 2)).toBe(
      STATUS_INVALID_PARAMETER,
    );
    expect(child.addEntryFromParent(parent, CmResourceTypeMemory, 1)).toBe(STATUS_SUCCESS);
    expect(child.findTranslatedEntry(CmResourceTypeMemory, 0)).toBe(TRANSLATED[2]);
    expect(child.findUntranslatedEntry(CmResourceTypeMemory, 0)).toBe(UNTRANSLATED[2]);
    expect(child.addEntryFromParent(parent, CmResourceTypeInterrupt, 0)).toBe(
      STATUS_INSUFFICIENT_RESOURCES,
    );
  });

  it('starts a sublist empty, and lets it outlive its parent [PCL-RES-003]', () => {
    expect(signature('PcNewResourceSublist')).toEqual([
      'out PRESOURCELIST * OutResourceList',
      'in PUNKNOWN OuterUnknown',
      'in ULONG PoolType',
      'in PRESOURCELIST ParentList',
      'in ULONG MaximumEntries',
    ]);
    const home = makeHome();
    const parent = makeParent(home);
    const out = new Out<IResourceList | null>(null);
    expect(pcNewResourceSublist(home, out, null, POOL, parent, 2)).toBe(STATUS_SUCCESS);
    expect(out.value?.numberOfEntries()).toBe(0);
    out.value?.addEntryFromParent(parent, CmResourceTypeInterrupt, 0);
    expect(parent.release()).toBe(0);
    expect(out.value?.findTranslatedEntry(CmResourceTypeInterrupt, 0)).toBe(TRANSLATED[1]);
    expect(out.value?.release()).toBe(0);
    expect(home.objects.outstanding()).toEqual([]);
  });

  it('cannot be aggregated, nor made from lists that are not parallel', () => {
    const home = makeHome();
    const parent = makeParent(home);
    const out = new Out<IResourceList | null>(parent);
    expect(pcNewResourceList(home, out, parent, POOL, [], [])).toBe(STATUS_NOT_SUPPORTED);
    expect(out.value).toBeNull();
    expect(pcNewResourceSublist(home, out, parent, POOL, parent, 1)).toBe(STATUS_NOT_SUPPORTED);
    expect(pcNewResourceList(home, out, null, POOL, TRANSLATED, [])).toBe(STATUS_INVALID_PARAMETER);
    expect(home.objects.size).toBe(1);
  });
});
