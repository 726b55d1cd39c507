/**
 * The registry: a tree of keys below `\Registry`, opened by handle. The routines are those of the
 * Zw family that a driver reaches through IRegistryKey, with their statuses; all at PASSIVE_LEVEL.
 */
import type { Out } from '../base/out.ts';
import {
  type NtStatus,
  STATUS_ACCESS_DENIED,
  STATUS_CANNOT_DELETE,
  STATUS_INVALID_HANDLE,
  STATUS_KEY_DELETED,
  STATUS_OBJECT_NAME_INVALID,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { RegistryKey } from './registry-key.ts';

export const KEY_QUERY_VALUE = 0x01;
export const KEY_SET_VALUE = 0x02;
export const KEY_CREATE_SUB_KEY = 0x04;
export const KEY_ENUMERATE_SUB_KEYS = 0x08;
export const KEY_READ = 0x2_0019;
export const KEY_WRITE = 0x2_0006;
export const KEY_ALL_ACCESS = 0xf_003f;
const DELETE = 0x1_0000;

/** Disposition of a create. */
export const REG_CREATED_NEW_KEY = 1;
export const REG_OPENED_EXISTING_KEY = 2;

const GENERIC_READ = 0x8000_0000;
const GENERIC_WRITE = 0x4000_0000;
const GENERIC_ALL = 0x1000_0000;
const MAXIMUM_ALLOWED = 0x0200_0000;

/** An open key. A handle of a deleted key stays open and is good for nothing but closing. */
export class RegistryHandle {
  readonly key: RegistryKey;
  readonly access: number;
  isOpen = true;

  constructor(key: RegistryKey, access: number) {
    this.key = key;
    this.access = access;
  }
}

export class Registry {
  readonly #root = new RegistryKey('\\Registry', null);
  readonly #open = new Set<RegistryHandle>();

  constructor() {
    this.#root.addSubkey('Machine');
    this.#root.addSubkey('User');
  }

  /** Makes a key and those above it, and leaves no handle: for the machine's own set-up. */
  ensure(path: string): RegistryKey {
    const parts = this.#split(path);
    if (parts === null) throw new Error(`not a registry path: ${path}`);
    let key = this.#root;
    for (const part of parts) key = key.subkey(part) ?? key.addSubkey(part);
    return key;
  }

  /**
   * ZwCreateKey: opens a key, or makes it when only the last part of the path is missing.
   * `parent` is null for a path that begins with `\Registry`.
   */
  create(
    parent: RegistryHandle | null,
    path: string,
    access: number,
    handle: Out<RegistryHandle | null>,
    disposition: Out<number> | null = null,
  ): NtStatus {
    handle.value = null;
    const start = this.#start(parent);
    if (typeof start === 'number') return start;
    const parts = parent === null ? this.#split(path) : path.split('\\');
    if (parts === null || parts.includes('')) return STATUS_OBJECT_NAME_INVALID;
    const last = parts.pop();
    const above = find(start, parts);
    if (above === null) return STATUS_OBJECT_NAME_NOT_FOUND;
    if (last === undefined) return this.#grant(above, access, handle);
    const known = above.subkey(last);
    if (known === null && parent !== null && parts.length === 0) {
      if ((parent.access & KEY_CREATE_SUB_KEY) === 0) return STATUS_ACCESS_DENIED;
    }
    if (disposition !== null) {
      disposition.value = known === null ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
    }
    return this.#grant(known ?? above.addSubkey(last), access, handle);
  }

  /** ZwOpenKey: STATUS_OBJECT_NAME_NOT_FOUND when the key does not exist. */
  open(
    parent: RegistryHandle | null,
    path: string,
    access: number,
    handle: Out<RegistryHandle | null>,
  ): NtStatus {
    handle.value = null;
    const start = this.#start(parent);
    if (typeof start === 'number') return start;
    const parts = parent === null ? this.#split(path) : path.split('\\');
    if (parts === null || parts.includes('')) return STATUS_OBJECT_NAME_INVALID;
    const key = find(start, parts);
    return key === null ? STATUS_OBJECT_NAME_NOT_FOUND : this.#grant(key, access, handle);
  }

  /** ZwClose. */
  close(handle: RegistryHandle): NtStatus {
    if (!handle.isOpen) return STATUS_INVALID_HANDLE;
    handle.isOpen = false;
    this.#open.delete(handle);
    return STATUS_SUCCESS;
  }

  /** ZwSetValueKey: needs KEY_SET_VALUE. */
  setValue(handle: RegistryHandle, name: string, type: number, data: Uint8Array): NtStatus {
    const status = checkHandle(handle, KEY_SET_VALUE);
    if (status === STATUS_SUCCESS) handle.key.setValue(name, type, data);
    return status;
  }

  /** ZwDeleteValueKey: needs KEY_SET_VALUE. */
  deleteValue(handle: RegistryHandle, name: string): NtStatus {
    const status = checkHandle(handle, KEY_SET_VALUE);
    if (status !== STATUS_SUCCESS) return status;
    const isThere = handle.key.values.delete(name.toUpperCase());
    return isThere ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
  }

  /**
   * ZwDeleteKey: needs DELETE access, and a key without subkeys (STATUS_CANNOT_DELETE). Every
   * handle of the key then gives STATUS_KEY_DELETED.
   */
  deleteKey(handle: RegistryHandle): NtStatus {
    const status = checkHandle(handle, DELETE);
    if (status !== STATUS_SUCCESS) return status;
    const { key } = handle;
    if (key.parent === null || key.subkeys.size > 0) return STATUS_CANNOT_DELETE;
    key.isDeleted = true;
    key.parent.subkeys.delete(key.name.toUpperCase());
    return STATUS_SUCCESS;
  }

  outstanding(): string[] {
    return [...this.#open].map((handle) => `registry handle of ${handle.key.path}`);
  }

  #grant(key: RegistryKey, access: number, handle: Out<RegistryHandle | null>): NtStatus {
    const opened = new RegistryHandle(key, specificAccess(access));
    this.#open.add(opened);
    handle.value = opened;
    return STATUS_SUCCESS;
  }

  #start(parent: RegistryHandle | null): RegistryKey | NtStatus {
    if (parent === null) return this.#root;
    if (!parent.isOpen) return STATUS_INVALID_HANDLE;
    return parent.key.isDeleted ? STATUS_KEY_DELETED : parent.key;
  }

  /** The parts below `\Registry`; null for a path that lies elsewhere. */
  #split(path: string): string[] | null {
    const parts = path.split('\\');
    if (parts[0] !== '' || parts[1]?.toUpperCase() !== 'REGISTRY') return null;
    return parts.slice(2);
  }
}

/** Whether a handle is open, its key is there, and it has the access. */
export function checkHandle(handle: RegistryHandle, access: number): NtStatus {
  if (!handle.isOpen) return STATUS_INVALID_HANDLE;
  if (handle.key.isDeleted) return STATUS_KEY_DELETED;
  return (handle.access & access) === access ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

function find(start: RegistryKey, parts: readonly string[]): RegistryKey | null {
  let key: RegistryKey | null = start;
  for (const part of parts) key = key === null ? null : key.subkey(part);
  return key;
}

function specificAccess(access: number): number {
  let specific = access;
  if ((access & GENERIC_READ) !== 0) specific |= KEY_READ;
  if ((access & GENERIC_WRITE) !== 0) specific |= KEY_WRITE;
  if ((access & (GENERIC_ALL | MAXIMUM_ALLOWED)) !== 0) specific |= KEY_ALL_ACCESS;
  return specific;
}
