import { describe, expect, it } from 'vitest';
import { Out } from '../base/out.ts';
import {
  STATUS_ACCESS_DENIED,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_CANNOT_DELETE,
  STATUS_INVALID_HANDLE,
  STATUS_INVALID_PARAMETER,
  STATUS_KEY_DELETED,
  STATUS_NO_MORE_ENTRIES,
  STATUS_OBJECT_NAME_INVALID,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import {
  KEY_ALL_ACCESS,
  KEY_READ,
  REG_CREATED_NEW_KEY,
  REG_OPENED_EXISTING_KEY,
  Registry,
  type RegistryHandle,
} from './registry.ts';
import {
  enumerateKey,
  enumerateValueKey,
  KeyBasicInformation,
  KeyFullInformation,
  KeyNodeInformation,
  KeyValueBasicInformation,
  KeyValueFullInformation,
  KeyValuePartialInformation,
  queryKey,
  queryValueKey,
} from './registry-information.ts';
import { REG_BINARY, REG_DWORD, REG_SZ, registryDword, registryString } from './registry-key.ts';

const PATH = '\\Registry\\Machine\\Software\\Waveport';

function openKey(access = KEY_ALL_ACCESS) {
  const registry = new Registry();
  registry.ensure(PATH);
  const out = new Out<RegistryHandle | null>(null);
  expect(registry.open(null, PATH.toUpperCase(), access, out)).toBe(STATUS_SUCCESS);
  if (out.value === null) throw new Error('no handle');
  return { registry, handle: out.value };
}

const words = (bytes: Uint8Array): number[] => [
  ...new Uint32Array(bytes.buffer, 0, Math.floor(bytes.length / 4)),
];

describe('a registry key', () => {
  it('is created once, then opened, and tells which [PCL-REG-005]', () => {
    const { registry, handle } = openKey();
    const out = new Out<RegistryHandle | null>(null);
    const disposition = new Out(0);
    const create = (path: string) => registry.create(handle, path, KEY_READ, out, disposition);
    expect([create('Sub'), disposition.value]).toEqual([STATUS_SUCCESS, REG_CREATED_NEW_KEY]);
    expect([create('SUB'), disposition.value]).toEqual([STATUS_SUCCESS, REG_OPENED_EXISTING_KEY]);
    expect(out.value?.key.path).toBe(`${PATH}\\Sub`);
    expect(create('missing\\deep')).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
    expect(create('a\\\\b')).toBe(STATUS_OBJECT_NAME_INVALID);
    expect(registry.open(handle, 'nothing', KEY_READ, out)).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
    expect(registry.open(null, '\\Device\\x', KEY_READ, out)).toBe(STATUS_OBJECT_NAME_INVALID);
    expect(registry.create(null, `${PATH}\\Root`, 0, out)).toBe(STATUS_SUCCESS);
    expect(() => registry.ensure('C:\\')).toThrow('not a registry path');
  });

  it('needs the access for each use', () => {
    const { registry, handle } = openKey(KEY_READ);
    const data = registryDword(1);
    expect(registry.setValue(handle, 'v', REG_DWORD, data)).toBe(STATUS_ACCESS_DENIED);
    expect(registry.deleteValue(handle, 'v')).toBe(STATUS_ACCESS_DENIED);
    expect(registry.create(handle, 'sub', KEY_READ, new Out(null))).toBe(STATUS_ACCESS_DENIED);
    const { handle: setter } = openKey(0x02);
    const length = new Out(0);
    expect(queryKey(setter, 0, new Uint8Array(99), length)).toBe(STATUS_ACCESS_DENIED);
    expect(openKey(0x8000_0000).handle.access & KEY_READ).toBe(KEY_READ);
  });

  it('once deleted is gone for all its handles [PCL-REG-010]', () => {
    const { registry, handle } = openKey();
    const sub = new Out<RegistryHandle | null>(null);
    registry.create(handle, 'sub', KEY_ALL_ACCESS, sub);
    if (sub.value === null) throw new Error('no handle');
    const reader = openKey(KEY_READ);
    expect(reader.registry.deleteKey(reader.handle)).toBe(STATUS_ACCESS_DENIED);
    expect(registry.deleteKey(handle)).toBe(STATUS_CANNOT_DELETE);
    expect(registry.deleteKey(sub.value)).toBe(STATUS_SUCCESS);
    expect(registry.deleteKey(sub.value)).toBe(STATUS_KEY_DELETED);
    expect(registry.open(sub.value, 'x', KEY_READ, new Out(null))).toBe(STATUS_KEY_DELETED);
    expect(registry.open(handle, 'sub', KEY_READ, new Out(null))).toBe(
      STATUS_OBJECT_NAME_NOT_FOUND,
    );
  });

  it('counts its handles [PCL-REG-011]', () => {
    const { registry, handle } = openKey();
    expect(registry.outstanding()).toEqual([`registry handle of ${PATH}`]);
    expect([registry.close(handle), registry.close(handle)]).toEqual([
      STATUS_SUCCESS,
      STATUS_INVALID_HANDLE,
    ]);
    expect(registry.open(handle, 'x', KEY_READ, new Out(null))).toBe(STATUS_INVALID_HANDLE);
    expect(registry.setValue(handle, 'x', 1, new Uint8Array(1))).toBe(STATUS_INVALID_HANDLE);
    expect(registry.outstanding()).toEqual([]);
  });
});

describe('registry information', () => {
  it('gives part of a value, none of it, or all, and always its size [PCL-REG-007]', () => {
    const { registry, handle } = openKey();
    registry.setValue(handle, 'Rate', REG_DWORD, registryDword(48_000));
    const length = new Out(0);
    const query = (bytes: number, name = 'RATE') => {
      const buffer = new Uint8Array(bytes);
      const status = queryValueKey(handle, name, KeyValuePartialInformation, buffer, length);
      return [status, length.value, words(buffer)];
    };
    expect(query(0)).toEqual([STATUS_BUFFER_TOO_SMALL, 16, []]);
    expect(query(12)).toEqual([STATUS_BUFFER_OVERFLOW, 16, [0, REG_DWORD, 4]]);
    expect(query(16)).toEqual([STATUS_SUCCESS, 16, [0, REG_DWORD, 4, 48_000]]);
    expect(query(16, 'none')[0]).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
    expect(registry.deleteValue(handle, 'rate')).toBe(STATUS_SUCCESS);
    expect(registry.deleteValue(handle, 'rate')).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
  });

  it('lays out the other value classes, and ends the enumeration [PCL-REG-008]', () => {
    const { registry, handle } = openKey();
    registry.setValue(handle, 'abc', REG_BINARY, new Uint8Array([1, 2]));
    const length = new Out(0);
    const buffer = new Uint8Array(32);
    const get = (index: number, kind: number) =>
      enumerateValueKey(handle, index, kind, buffer, length);
    expect([get(0, KeyValueFullInformation), length.value]).toEqual([STATUS_SUCCESS, 30]);
    expect(words(buffer).slice(0, 5)).toEqual([0, REG_BINARY, 28, 2, 6]);
    expect([...buffer.subarray(20, 30)]).toEqual([0x61, 0, 0x62, 0, 0x63, 0, 0, 0, 1, 2]);
    expect([get(0, KeyValueBasicInformation), length.value]).toEqual([STATUS_SUCCESS, 18]);
    expect(get(1, KeyValueBasicInformation)).toBe(STATUS_NO_MORE_ENTRIES);
    expect(get(0, 9)).toBe(STATUS_INVALID_PARAMETER);
  });

  it('describes keys', () => {
    const { registry, handle } = openKey();
    registry.create(handle, 'Child', KEY_READ, new Out(null));
    registry.setValue(handle, 'Name', REG_SZ, registryString('hello'));
    const length = new Out(0);
    const buffer = new Uint8Array(64);
    expect(queryKey(handle, KeyFullInformation, buffer, length)).toBe(STATUS_SUCCESS);
    expect(words(buffer).slice(5, 11)).toEqual([1, 10, 0, 1, 8, 12]);
    expect(length.value).toBe(44);
    expect(enumerateKey(handle, 0, KeyBasicInformation, buffer, length)).toBe(STATUS_SUCCESS);
    expect([length.value, words(buffer)[3]]).toEqual([26, 10]);
    enumerateKey(handle, 0, KeyNodeInformation, buffer, length);
    expect([length.value, words(buffer)[5]]).toEqual([34, 10]);
    expect(enumerateKey(handle, 1, KeyBasicInformation, buffer, length)).toBe(
      STATUS_NO_MORE_ENTRIES,
    );
    expect(queryKey(handle, 7, buffer, length)).toBe(STATUS_INVALID_PARAMETER);
  });
});
