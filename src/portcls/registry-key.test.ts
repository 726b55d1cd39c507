import { beforeEach, describe, expect, it } from 'vitest';
import { Out } from '../base/out.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import { PASSIVE_LEVEL } from '../kernel/irql.ts';
import { Kernel } from '../kernel/kernel.ts';
import {
  KEY_ALL_ACCESS,
  KEY_READ,
  KEY_WRITE,
  REG_CREATED_NEW_KEY,
  REG_OPENED_EXISTING_KEY,
} from '../kernel/registry.ts';
import {
  REG_BINARY,
  REG_DWORD,
  REG_EXPAND_SZ,
  REG_MULTI_SZ,
  REG_SZ,
  registryDword,
  registryString,
} from '../kernel/registry-key.ts';
import { Clock } from '../sim/clock.ts';
import { Random } from '../sim/random.ts';
import { Trace } from '../sim/trace.ts';
import {
  type NtStatus,
  STATUS_ACCESS_DENIED,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_CANNOT_DELETE,
  STATUS_INVALID_HANDLE,
  STATUS_INVALID_PARAMETER,
  STATUS_KEY_DELETED,
  STATUS_NO_MORE_ENTRIES,
  STATUS_NOT_SUPPORTED,
  STATUS_OBJECT_NAME_INVALID,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
  statusName,
} from '../standards/nt/ntstatus.ts';
import { portClsFunctions } from './ddi/functions.ts';
import { IID_IPort, IID_IRegistryKey, type IRegistryKey, RegistryKeyType } from './ddi/port.ts';
import { type RegistryQueryEntry, RTL_QUERY_REGISTRY_REQUIRED } from './ddi/registry-query.ts';
import { pcNewRegistryKey, RTL_QUERY_REGISTRY_NOEXPAND } from './registry-key.ts';

const VENDOR = '\\Registry\\Machine\\Software\\Vendor';
const BASIC = 0;
const NODE = 1;
const FULL = 2;
const VALUE_BASIC = 0;
const VALUE_FULL = 1;
const VALUE_PARTIAL = 2;
const REG_OPTION_VOLATILE = 1;
const REG_OPTION_CREATE_LINK = 2;
const { GeneralRegistryKey, DeviceRegistryKey, DriverRegistryKey } = RegistryKeyType;
const { HwProfileRegistryKey, DeviceInterfaceRegistryKey } = RegistryKeyType;

let kernel: Kernel;
let pdo: DeviceObject;

interface Request {
  readonly access?: number;
  readonly device?: DeviceObject | null;
  readonly path?: string | null;
  readonly options?: number | null;
  readonly disposition?: Out<number>;
}

function tryOpen(type: number, request: Request): [NtStatus, IRegistryKey | null] {
  const out = new Out<IRegistryKey | null>(null);
  const { access = KEY_ALL_ACCESS, device = null, path = null, options = 0 } = request;
  const disposition = request.disposition ?? new Out(0);
  const status = pcNewRegistryKey(
    kernel,
    kernel,
    out,
    null,
    type,
    access,
    device,
    null,
    path,
    options,
    disposition,
  );
  return [status, out.value];
}

function open(type: number, request: Request): IRegistryKey {
  const [status, key] = tryOpen(type, request);
  if (key === null) throw new Error(statusName(status));
  return key;
}

const openVendor = (access = KEY_ALL_ACCESS): IRegistryKey =>
  open(GeneralRegistryKey, { path: VENDOR, access });

function subKey(parent: IRegistryKey, name: string, access = KEY_ALL_ACCESS): IRegistryKey {
  const out = new Out<unknown>(null);
  expect(parent.newSubKey(out, null, access, name, 0, new Out(0))).toBe(STATUS_SUCCESS);
  return out.value as IRegistryKey;
}

function setValue(key: IRegistryKey, name: string | null, type: number, data: Uint8Array): void {
  expect(key.setValueKey(name, type, data, data.length)).toBe(STATUS_SUCCESS);
}

type Query = (buffer: Uint8Array | null, length: number, needed: Out<number>) => NtStatus;

/** The whole answer, asked for as drivers do: first its size, then itself. */
function answerOf(query: Query): DataView {
  const needed = new Out(0);
  expect(query(null, 0, needed)).toBe(STATUS_BUFFER_TOO_SMALL);
  const buffer = new Uint8Array(needed.value);
  expect(query(buffer, buffer.length, needed)).toBe(STATUS_SUCCESS);
  expect(needed.value).toBe(buffer.length);
  return new DataView(buffer.buffer);
}

/** Statuses with a buffer of 0 bytes, one short of the fixed part, that part, one short of all. */
function statusesBySize(query: Query, fixedBytes: number): string[] {
  const wholeBytes = answerOf(query).byteLength;
  return [0, fixedBytes - 1, fixedBytes, wholeBytes - 1, wholeBytes].map((length) => {
    const needed = new Out(0);
    const buffer = new Uint8Array(wholeBytes).fill(0xee);
    const status = query(buffer, length, needed);
    expect(needed.value).toBe(wholeBytes);
    expect(buffer.subarray(length).every((byte) => byte === 0xee)).toBe(true);
    return statusName(status);
  });
}

const SHORT_BUFFERS = [
  'STATUS_BUFFER_TOO_SMALL',
  'STATUS_BUFFER_TOO_SMALL',
  'STATUS_BUFFER_OVERFLOW',
  'STATUS_BUFFER_OVERFLOW',
  'STATUS_SUCCESS',
];

const u32 = (view: DataView, ...offsets: number[]): number[] =>
  offsets.map((offset) => view.getUint32(offset, true));

function text(view: DataView, at: number, bytes: number): string {
  let result = '';
  for (let unit = 0; unit < bytes; unit += 2) {
    result += String.fromCharCode(view.getUint16(at + unit, true));
  }
  return result;
}

beforeEach(() => {
  const clock = new Clock();
  const trace = new Trace(clock);
  kernel = new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 });
  kernel.registry.ensure('\\Registry\\Machine\\Software');
  const hardwareId = 'PCI\\VEN_8086&DEV_2668';
  const description = { hardwareId, description: 'Audio', raw: [], translated: [] };
  pdo = kernel.pnp.addDevice(description).pdo;
});

describe('opening a registry key', () => {
  it('has the vtable of IRegistryKey [PCL-REG-001]', () => {
    expect(IID_IRegistryKey.iid.text).toBe('{E8DA4302-F304-11D0-958B-00C04FB925D3}');
    expect(IID_IRegistryKey.slots.map((slot) => slot.windowsName)).toEqual([
      'QueryInterface',
      'AddRef',
      'Release',
      'QueryKey',
      'EnumerateKey',
      'QueryValueKey',
      'EnumerateValueKey',
      'SetValueKey',
      'QueryRegistryValues',
      'NewSubKey',
      'DeleteKey',
    ]);
  });

  it('takes seven parameters of a port, nine of PortCls [PCL-REG-002] [PCL-REG-003]', () => {
    const method = IID_IPort.slots.find((slot) => slot.windowsName === 'NewRegistryKey');
    const names = ['RegistryKeyType', 'DesiredAccess', 'ObjectAttributes', 'CreateOptions'];
    expect(method?.declaration.parameters.map((each) => each.name)).toEqual([
      'OutRegistryKey',
      'OuterUnknown',
      ...names,
      'Disposition',
    ]);
    const { parameters, maxIrql } = portClsFunctions.PcNewRegistryKey;
    expect(parameters.map((each) => each.name)).toEqual([
      'OutRegistryKey',
      'OuterUnknown',
      ...names.slice(0, 2),
      'DeviceObject',
      'SubDevice',
      ...names.slice(2),
      'Disposition',
    ]);
    expect([maxIrql, method?.declaration.maxIrql]).toEqual([PASSIVE_LEVEL, PASSIVE_LEVEL]);
  });

  it('knows the numbers of the types, and no others [PCL-REG-004]', () => {
    expect(RegistryKeyType).toEqual({
      GeneralRegistryKey: 0,
      DeviceRegistryKey: 1,
      DriverRegistryKey: 2,
      HwProfileRegistryKey: 3,
      DeviceInterfaceRegistryKey: 4,
    });
    expect(tryOpen(5, { device: pdo })).toEqual([STATUS_INVALID_PARAMETER, null]);
  });

  it('makes a general key, and opens it the next time [PCL-REG-005]', () => {
    const disposition = new Out(0);
    const request = { path: VENDOR, options: REG_OPTION_VOLATILE, disposition };
    open(GeneralRegistryKey, request);
    expect(disposition.value).toBe(REG_CREATED_NEW_KEY);
    open(GeneralRegistryKey, { path: VENDOR.toUpperCase(), options: null, disposition });
    expect(disposition.value).toBe(REG_OPENED_EXISTING_KEY);
  });

  it('needs a name of a general key that can be [PCL-REG-005]', () => {
    expect(tryOpen(GeneralRegistryKey, {})).toEqual([STATUS_INVALID_PARAMETER, null]);
    const statusOf = (path: string): NtStatus => tryOpen(GeneralRegistryKey, { path })[0];
    expect(statusOf('Software\\Vendor')).toBe(STATUS_OBJECT_NAME_INVALID);
    expect(statusOf(`${VENDOR}\\a\\b`)).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
    const link = { path: VENDOR, options: REG_OPTION_CREATE_LINK };
    expect(tryOpen(GeneralRegistryKey, link)).toEqual([STATUS_NOT_SUPPORTED, null]);
  });

  it.each([DeviceRegistryKey, DriverRegistryKey, HwProfileRegistryKey])(
    'opens the one key of type %i that a device has, and ignores the rest [PCL-REG-005]',
    (type) => {
      const disposition = new Out(0);
      const request = { device: pdo, path: 'x', options: REG_OPTION_CREATE_LINK, disposition };
      setValue(open(type, request), 'Mode', REG_DWORD, registryDword(type));
      const again = open(type, { device: pdo });
      const query: Query = (...rest) => again.queryValueKey('Mode', VALUE_PARTIAL, ...rest);
      expect(u32(answerOf(query), 12)).toEqual([type]);
      expect(disposition.value).toBe(0);
      const description = { hardwareId: 'PCI\\OTHER', description: '', raw: [], translated: [] };
      const other = open(type, { device: kernel.pnp.addDevice(description).pdo });
      expect(other.queryValueKey('Mode', VALUE_PARTIAL, null, 0, new Out(0))).toBe(
        STATUS_OBJECT_NAME_NOT_FOUND,
      );
    },
  );

  it('keeps the keys of a device where Windows does', () => {
    const device = open(DeviceRegistryKey, { device: pdo });
    open(DriverRegistryKey, { device: pdo });
    open(HwProfileRegistryKey, { device: pdo });
    device.release();
    const control = '\\Registry\\Machine\\System\\CurrentControlSet';
    const media = '{4D36E96C-E325-11CE-BFC1-08002BE10318}';
    const profile = `${control}\\Hardware Profiles\\Current\\System\\CurrentControlSet`;
    const handles = kernel.outstanding().filter((each) => each.includes('handle'));
    expect(handles).toEqual([
      `registry handle of ${control}\\Control\\Class\\${media}\\PCI#VEN_8086&DEV_2668#0`,
      `registry handle of ${profile}\\Enum\\PCI\\VEN_8086&DEV_2668\\0`,
    ]);
  });

  it('needs a device for its keys, no subdevice, no interface key, and no aggregation', () => {
    expect(tryOpen(DeviceRegistryKey, {})).toEqual([STATUS_INVALID_PARAMETER, null]);
    const interfaceKey = tryOpen(DeviceInterfaceRegistryKey, { device: pdo });
    expect(interfaceKey).toEqual([STATUS_INVALID_PARAMETER, null]);
    const key = openVendor();
    const out = new Out<IRegistryKey | null>(key);
    const make = (outer: IRegistryKey | null, subDevice: IRegistryKey | null): NtStatus =>
      pcNewRegistryKey(kernel, kernel, out, outer, 1, 0, pdo, subDevice, null, 0, new Out(0));
    expect(make(key, null)).toBe(STATUS_NOT_SUPPORTED);
    expect(make(null, key)).toBe(STATUS_INVALID_PARAMETER);
    expect(out.value).toBeNull();
  });

  it('closes its handle with its last reference [PCL-REG-011]', () => {
    const key = openVendor();
    key.addRef();
    key.release();
    expect(kernel.outstanding()).toContain(
      `registry handle of \\Registry\\Machine\\Software\\Vendor`,
    );
    expect(key.release()).toBe(0);
    expect(kernel.registry.outstanding()).toEqual([]);
    expect(kernel.objects.size).toBe(0);
  });
});

describe('subkeys', () => {
  it('are made and then opened', () => {
    const key = openVendor();
    const disposition = new Out(0);
    const out = new Out<unknown>(null);
    const make = (): NtStatus => key.newSubKey(out, null, KEY_READ, 'Sub', 0, disposition);
    expect([make(), disposition.value]).toEqual([STATUS_SUCCESS, REG_CREATED_NEW_KEY]);
    expect([make(), disposition.value]).toEqual([STATUS_SUCCESS, REG_OPENED_EXISTING_KEY]);
    expect(out.value).not.toBeNull();
  });

  it('need a name, the access to make them, and no outer object', () => {
    const out = new Out<unknown>('something');
    const reader = openVendor(KEY_READ);
    const make = (name: string, outer: IRegistryKey | null, options = 0): NtStatus =>
      reader.newSubKey(out, outer, KEY_READ, name, options, new Out(0));
    expect(make('Sub', reader)).toBe(STATUS_NOT_SUPPORTED);
    expect(make('Sub', null, REG_OPTION_CREATE_LINK)).toBe(STATUS_NOT_SUPPORTED);
    expect(make('Sub', null)).toBe(STATUS_ACCESS_DENIED);
    expect(make('', null)).toBe(STATUS_OBJECT_NAME_INVALID);
    expect(out.value).toBeNull();
  });

  it('are listed in the order they were made, and then no more [PCL-REG-008]', () => {
    const key = openVendor();
    for (const name of ['One', 'Two']) subKey(key, name);
    const nameAt = (index: number): string => {
      const view = answerOf((...rest) => key.enumerateKey(index, BASIC, ...rest));
      return text(view, 16, view.getUint32(12, true));
    };
    expect([nameAt(0), nameAt(1)]).toEqual(['One', 'Two']);
    expect(key.enumerateKey(2, BASIC, null, 0, new Out(0))).toBe(STATUS_NO_MORE_ENTRIES);
  });

  it('disappear when deleted, for every handle [PCL-REG-010]', () => {
    const key = openVendor();
    const first = subKey(key, 'Sub');
    const second = subKey(key, 'Sub');
    expect(key.deleteKey()).toBe(STATUS_CANNOT_DELETE);
    expect(first.deleteKey()).toBe(STATUS_SUCCESS);
    const query = (of: IRegistryKey): NtStatus => of.queryKey(BASIC, null, 0, new Out(0));
    expect(query(first)).toBe(STATUS_INVALID_HANDLE);
    expect(query(second)).toBe(STATUS_KEY_DELETED);
    expect(second.setValueKey('a', REG_DWORD, registryDword(1), 4)).toBe(STATUS_KEY_DELETED);
    expect(key.enumerateKey(0, BASIC, null, 0, new Out(0))).toBe(STATUS_NO_MORE_ENTRIES);
    for (const each of [first, second, key]) expect(each.release()).toBe(0);
    expect(kernel.registry.outstanding()).toEqual([]);
  });

  it('stay without the access to delete them [PCL-REG-010]', () => {
    openVendor();
    expect(openVendor(KEY_READ).deleteKey()).toBe(STATUS_ACCESS_DENIED);
    expect(openVendor(KEY_WRITE).deleteKey()).toBe(STATUS_ACCESS_DENIED);
    expect(openVendor(KEY_ALL_ACCESS).deleteKey()).toBe(STATUS_SUCCESS);
  });
});

describe('information about a key', () => {
  it('is its name, or its counts and longest names [PCL-REG-007]', () => {
    const key = openVendor();
    subKey(key, 'Sub');
    subKey(key, 'Longer');
    setValue(key, 'Gain', REG_DWORD, registryDword(7));
    const basic = answerOf((...rest) => key.queryKey(BASIC, ...rest));
    expect([basic.byteLength, ...u32(basic, 12), text(basic, 16, 12)]).toEqual([28, 12, 'Vendor']);
    const node = answerOf((...rest) => key.queryKey(NODE, ...rest));
    expect([...u32(node, 20), text(node, 24, 12)]).toEqual([12, 'Vendor']);
    const full = answerOf((...rest) => key.queryKey(FULL, ...rest));
    expect(full.byteLength).toBe(44);
    // SubKeys, MaxNameLen, Values, MaxValueNameLen, MaxValueDataLen.
    expect(u32(full, 20, 24, 32, 36, 40)).toEqual([2, 12, 1, 8, 4]);
  });

  it('tells the needed size whatever the buffer holds [PCL-REG-007]', () => {
    const key = openVendor();
    subKey(key, 'Sub');
    expect(statusesBySize((...rest) => key.queryKey(BASIC, ...rest), 16)).toEqual(SHORT_BUFFERS);
    const enumerate: Query = (...rest) => key.enumerateKey(0, BASIC, ...rest);
    expect(statusesBySize(enumerate, 16)).toEqual(SHORT_BUFFERS);
  });

  it('needs a class that there is, and the access to query', () => {
    const ask = (key: IRegistryKey, kind: number): NtStatus =>
      key.queryKey(kind, new Uint8Array(64), 64, new Out(0));
    expect(ask(openVendor(), 9)).toBe(STATUS_INVALID_PARAMETER);
    expect(ask(openVendor(KEY_WRITE), BASIC)).toBe(STATUS_ACCESS_DENIED);
  });
});

describe('values', () => {
  it('come back in each class as the bytes that were set [PCL-REG-007]', () => {
    const key = openVendor(KEY_READ | KEY_WRITE);
    setValue(key, 'Gain', REG_DWORD, registryDword(0x1234));
    const ask = (kind: number): DataView =>
      answerOf((...rest) => key.queryValueKey('GAIN', kind, ...rest));
    const basic = ask(VALUE_BASIC);
    expect([...u32(basic, 4, 8), text(basic, 12, 8)]).toEqual([REG_DWORD, 8, 'Gain']);
    const full = ask(VALUE_FULL);
    expect([...u32(full, 4, 8, 12, 16, 28), text(full, 20, 8)]).toEqual([
      REG_DWORD,
      28,
      4,
      8,
      0x1234,
      'Gain',
    ]);
    expect(u32(ask(VALUE_PARTIAL), 4, 8, 12)).toEqual([REG_DWORD, 4, 0x1234]);
  });

  it('give what fits of them, and their size [PCL-REG-007]', () => {
    const key = openVendor();
    setValue(key, 'Gain', REG_BINARY, new Uint8Array([1, 2, 3]));
    const fixed = { [VALUE_BASIC]: 12, [VALUE_FULL]: 20, [VALUE_PARTIAL]: 12 };
    for (const [kind, fixedBytes] of Object.entries(fixed)) {
      const query: Query = (...rest) => key.queryValueKey('Gain', Number(kind), ...rest);
      expect(statusesBySize(query, fixedBytes)).toEqual(SHORT_BUFFERS);
    }
    const short = new Uint8Array(14);
    expect(key.queryValueKey('Gain', VALUE_PARTIAL, short, 14, new Out(0))).toBe(
      STATUS_BUFFER_OVERFLOW,
    );
    expect([...short.subarray(8)]).toEqual([3, 0, 0, 0, 1, 2]);
  });

  it('that are not there are not found [PCL-REG-007]', () => {
    const query = openVendor().queryValueKey('Gain', VALUE_BASIC, null, 0, new Out(0));
    expect(query).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
  });

  it('never reach past the buffer that is there', () => {
    const key = openVendor();
    setValue(key, 'Gain', REG_BINARY, new Uint8Array(100));
    const status = key.queryValueKey('Gain', VALUE_PARTIAL, new Uint8Array(16), 500, new Out(0));
    expect(status).toBe(STATUS_BUFFER_OVERFLOW);
    expect(key.setValueKey('Gain', REG_BINARY, new Uint8Array(2), 3)).toBe(
      STATUS_INVALID_PARAMETER,
    );
    expect(key.setValueKey('Gain', REG_BINARY, null, 1)).toBe(STATUS_INVALID_PARAMETER);
    expect(key.setValueKey('Gain', REG_BINARY, null, 0)).toBe(STATUS_SUCCESS);
    const empty = answerOf((...rest) => key.queryValueKey('Gain', VALUE_PARTIAL, ...rest));
    expect(empty.byteLength).toBe(12);
  });

  it('are listed in order, the default value without a name [PCL-REG-008]', () => {
    const key = openVendor();
    setValue(key, null, REG_SZ, registryString('default'));
    setValue(key, 'B', REG_DWORD, registryDword(1));
    const at = (index: number): (string | number)[] => {
      const view = answerOf((...rest) => key.enumerateValueKey(index, VALUE_BASIC, ...rest));
      const [type = 0, bytes = 0] = u32(view, 4, 8);
      return [type, text(view, 12, bytes)];
    };
    expect([at(0), at(1)]).toEqual([
      [REG_SZ, ''],
      [REG_DWORD, 'B'],
    ]);
    expect(key.enumerateValueKey(2, VALUE_BASIC, null, 0, new Out(0))).toBe(STATUS_NO_MORE_ENTRIES);
  });

  it('need the access to set them', () => {
    openVendor();
    const status = openVendor(KEY_READ).setValueKey('a', REG_DWORD, registryDword(1), 4);
    expect(status).toBe(STATUS_ACCESS_DENIED);
  });
});

describe('a table of values', () => {
  let key: IRegistryKey;
  /** Name, type and size of what the routine was called with. */
  let seen: (string | number)[][];

  const entry = (
    name: string | null,
    flags = 0,
    status: NtStatus = STATUS_SUCCESS,
  ): RegistryQueryEntry => ({
    name,
    flags,
    queryRoutine: (valueName, type, data, context) => {
      expect(context).toBe('context');
      const view = new DataView(data.buffer, data.byteOffset, data.length);
      const value = type === REG_DWORD ? view.getUint32(0, true) : text(view, 0, data.length);
      seen.push([valueName, type, value]);
      return status;
    },
  });
  const query = (...entries: RegistryQueryEntry[]): NtStatus =>
    key.queryRegistryValues([...entries, entry(null)], 'context');

  beforeEach(() => {
    seen = [];
    key = openVendor();
    setValue(key, 'Gain', REG_DWORD, registryDword(3));
    setValue(key, 'List', REG_MULTI_SZ, registryString('one\0two\0'));
    setValue(key, 'Path', REG_EXPAND_SZ, registryString('%x%'));
  });

  it('is walked up to the entry without a name [PCL-REG-009]', () => {
    const table = [entry('gain'), entry(null), entry('List')];
    expect(key.queryRegistryValues(table, 'context')).toBe(STATUS_SUCCESS);
    expect(seen).toEqual([['Gain', REG_DWORD, 3]]);
  });

  it('that has no end, or flags nobody knows, is invalid [PCL-REG-009]', () => {
    expect(key.queryRegistryValues([], 'context')).toBe(STATUS_INVALID_PARAMETER);
    expect(key.queryRegistryValues([entry('Gain')], 'context')).toBe(STATUS_INVALID_PARAMETER);
    expect(query(entry('Gain'), entry('List', 0x20))).toBe(STATUS_INVALID_PARAMETER);
    expect(seen).toEqual([]);
  });

  it('passes over a missing value unless it is required [PCL-REG-009]', () => {
    expect(query(entry('None'), entry('Gain', RTL_QUERY_REGISTRY_REQUIRED))).toBe(STATUS_SUCCESS);
    expect(seen).toHaveLength(1);
    expect(query(entry('None', RTL_QUERY_REGISTRY_REQUIRED), entry('Gain'))).toBe(
      STATUS_OBJECT_NAME_NOT_FOUND,
    );
    expect(seen).toHaveLength(1);
  });

  it('hands over the strings of a list one by one, or the list whole', () => {
    expect(query(entry('List'), entry('Path'))).toBe(STATUS_SUCCESS);
    expect(seen).toEqual([
      ['List', REG_SZ, 'one\0'],
      ['List', REG_SZ, 'two\0'],
      ['Path', REG_SZ, '%x%\0'],
    ]);
    seen = [];
    query(entry('List', RTL_QUERY_REGISTRY_NOEXPAND), entry('Path', RTL_QUERY_REGISTRY_NOEXPAND));
    expect(seen).toEqual([
      ['List', REG_MULTI_SZ, 'one\0two\0\0'],
      ['Path', REG_EXPAND_SZ, '%x%\0'],
    ]);
  });

  it('is left at the first routine that fails', () => {
    expect(query(entry('List', 0, STATUS_UNSUCCESSFUL), entry('Gain'))).toBe(STATUS_UNSUCCESSFUL);
    expect(query(entry('Gain', 0, STATUS_UNSUCCESSFUL), entry('Gain'))).toBe(STATUS_UNSUCCESSFUL);
    expect(seen).toEqual([
      ['List', REG_SZ, 'one\0'],
      ['Gain', REG_DWORD, 3],
    ]);
  });

  it('needs the access to query', () => {
    key = openVendor(KEY_WRITE);
    expect(query(entry('Gain'))).toBe(STATUS_ACCESS_DENIED);
  });
});
