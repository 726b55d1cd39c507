/**
 * Keys and values of the registry. Names keep their spelling and compare without regard to case;
 * a value is bytes with a type, exactly as a driver wrote them.
 */

export const REG_NONE = 0;
export const REG_SZ = 1;
export const REG_EXPAND_SZ = 2;
export const REG_BINARY = 3;
export const REG_DWORD = 4;
export const REG_MULTI_SZ = 7;
export const REG_QWORD = 11;

export interface RegistryValue {
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
}

export class RegistryKey {
  readonly name: string;
  readonly parent: RegistryKey | null;
  readonly subkeys = new Map<string, RegistryKey>();
  readonly values = new Map<string, RegistryValue>();
  isDeleted = false;

  constructor(name: string, parent: RegistryKey | null) {
    this.name = name;
    this.parent = parent;
  }

  get path(): string {
    return this.parent === null ? this.name : `${this.parent.path}\\${this.name}`;
  }

  subkey(name: string): RegistryKey | null {
    return this.subkeys.get(name.toUpperCase()) ?? null;
  }

  addSubkey(name: string): RegistryKey {
    const key = new RegistryKey(name, this);
    this.subkeys.set(name.toUpperCase(), key);
    return key;
  }

  value(name: string): RegistryValue | null {
    return this.values.get(name.toUpperCase()) ?? null;
  }

  setValue(name: string, type: number, data: Uint8Array): void {
    this.values.set(name.toUpperCase(), { name, type, data: data.slice() });
  }
}

/** The bytes of a REG_DWORD. */
export function registryDword(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** The bytes of a REG_SZ: UTF-16LE with its terminator. */
export function registryString(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length + 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index++) {
    view.setUint16(2 * index, text.charCodeAt(index), true);
  }
  return bytes;
}
