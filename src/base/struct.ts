/**
 * Struct layouts as data. A layout is declared once, with C's field order and kinds; offsets and
 * size follow for a 64-bit and a 32-bit reader (pointers are 8 or 4 bytes wide). Everything is
 * little-endian; a 64-bit value is read as two words into a number, which holds 53 bits.
 */
import { GUID_BYTES, type Guid, readGuid, writeGuid } from './guid.ts';

export type FieldKind = 'u8' | 'u16' | 'u32' | 'i32' | 'u64' | 'i64' | 'ptr' | 'guid';
export type FieldMap = Readonly<Record<string, FieldKind>>;
export type FieldValue<K extends FieldKind> = K extends 'guid' ? Guid : number;
export type StructValue<F extends FieldMap> = { [Name in keyof F]: FieldValue<F[Name]> };
/** Width of a pointer in a request: 8 from a 64-bit caller, 4 from a 32-bit one. */
export type PointerBytes = 4 | 8;

export interface StructLayout<F extends FieldMap> {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly offsets: { readonly [Name in keyof F]: number };
  read(view: DataView, at: number): StructValue<F>;
  /** Writes the fields that are given; padding and the other fields keep their bytes. */
  write(view: DataView, at: number, values: Partial<StructValue<F>>): void;
}

export interface Struct<F extends FieldMap> extends StructLayout<F> {
  readonly fields: F;
  /** The layout that a caller with pointers this wide uses. The struct itself is 64-bit. */
  layout(pointerBytes: PointerBytes): StructLayout<F>;
}

export interface StructOptions {
  /** Pack without padding, as `#pragma pack(1)` does. */
  readonly packed?: boolean;
  /** Least alignment, for structs that a union with a LONGLONG aligns to 8. */
  readonly align?: number;
}

/** Declares a struct from its fields in order. */
export function struct<const F extends FieldMap>(
  name: string,
  fields: F,
  options: StructOptions = {},
): Struct<F> {
  const wide = layOut(name, fields, 8, options);
  const narrow = layOut(name, fields, 4, options);
  return {
    ...wide,
    fields,
    layout: (pointerBytes: PointerBytes) => (pointerBytes === 8 ? wide : narrow),
  };
}

function layOut<F extends FieldMap>(
  name: string,
  fields: F,
  pointerBytes: PointerBytes,
  options: StructOptions,
): StructLayout<F> {
  const names = Object.keys(fields);
  const offsets: Record<string, number> = {};
  let end = 0;
  let align = options.align ?? 1;
  for (const field of names) {
    const kind = fields[field] as FieldKind;
    const fieldAlign = options.packed === true ? 1 : alignOf(kind, pointerBytes);
    end = roundUp(end, fieldAlign);
    offsets[field] = end;
    end += sizeOf(kind, pointerBytes);
    align = Math.max(align, fieldAlign);
  }
  const kindOf = (field: string): FieldKind => fields[field] as FieldKind;
  return {
    name,
    size: options.packed === true ? end : roundUp(end, align),
    align,
    offsets: offsets as { readonly [Name in keyof F]: number },
    read(view, at) {
      const value: Record<string, number | Guid> = {};
      for (const field of names) {
        value[field] = readField(
          view,
          at + (offsets[field] as number),
          kindOf(field),
          pointerBytes,
        );
      }
      return value as StructValue<F>;
    },
    write(view, at, values) {
      const given = values as Record<string, number | Guid | undefined>;
      for (const field of names) {
        const value = given[field];
        if (value === undefined) continue;
        writeField(view, at + (offsets[field] as number), kindOf(field), pointerBytes, value);
      }
    },
  };
}

function sizeOf(kind: FieldKind, pointerBytes: PointerBytes): number {
  switch (kind) {
    case 'u8':
      return 1;
    case 'u16':
      return 2;
    case 'u32':
    case 'i32':
      return 4;
    case 'u64':
    case 'i64':
      return 8;
    case 'ptr':
      return pointerBytes;
    case 'guid':
      return GUID_BYTES;
  }
}

function alignOf(kind: FieldKind, pointerBytes: PointerBytes): number {
  return kind === 'guid' ? 4 : sizeOf(kind, pointerBytes);
}

function readField(
  view: DataView,
  at: number,
  kind: FieldKind,
  pointerBytes: PointerBytes,
): number | Guid {
  switch (kind) {
    case 'u8':
      return view.getUint8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 'i32':
      return view.getInt32(at, true);
    case 'u64':
      return readU64(view, at);
    case 'i64':
      return view.getInt32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
    case 'ptr':
      return pointerBytes === 8 ? readU64(view, at) : view.getUint32(at, true);
    case 'guid':
      return readGuid(view, at);
  }
}

function writeField(
  view: DataView,
  at: number,
  kind: FieldKind,
  pointerBytes: PointerBytes,
  value: number | Guid,
): void {
  if (typeof value !== 'number') {
    writeGuid(view, at, value);
    return;
  }
  switch (kind) {
    case 'u8':
      view.setUint8(at, value);
      return;
    case 'u16':
      view.setUint16(at, value, true);
      return;
    case 'u32':
    case 'i32':
      view.setUint32(at, value, true);
      return;
    case 'ptr':
      if (pointerBytes === 8) writeU64(view, at, value);
      else view.setUint32(at, value, true);
      return;
    default:
      writeU64(view, at, value);
  }
}

/** Reads an unsigned 64-bit value; above 2^53 the low bits round. */
export function readU64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
}

/** Writes a whole number, negative ones as two's complement. */
export function writeU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}

/** `value` rounded up to a multiple of `step`. */
export function roundUp(value: number, step: number): number {
  const over = value % step;
  return over === 0 ? value : value - over + step;
}
