/**
 * The facts of a catalogue entry, such as fields, a vtable or parameters, and the comparison of
 * our declarations with them. What the catalogue says in data is checked as data.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { FieldMap, Struct } from '../../src/base/struct.ts';
import type { Callable, InterfaceId, Parameter } from '../../src/portcls/ddi/declare.ts';

interface FieldFact {
  readonly name: string;
  readonly off32: number;
  readonly off64: number;
}

interface ParameterFact {
  readonly dir: string;
  readonly type: string;
  readonly name: string;
}

export interface Facts {
  readonly id: string;
  readonly iid?: string;
  readonly clsid?: string;
  readonly vtable?: readonly string[];
  readonly params?: readonly ParameterFact[];
  readonly returns?: string;
  readonly fields?: readonly FieldFact[];
  readonly size32?: number;
  readonly size64?: number;
  readonly values?: Readonly<Record<string, string>>;
}

const PATH = new URL('../../contract/portcls-common.yaml', import.meta.url);
const byId = new Map(
  (parse(readFileSync(PATH, 'utf8')) as Facts[]).map((entry) => [entry.id, entry]),
);

export function facts(id: string): Facts {
  const found = byId.get(id);
  if (found === undefined) throw new Error(`the catalogue has no entry ${id}`);
  return found;
}

/** The values of an entry as numbers. */
export function numbers(id: string): Record<string, number> {
  const entries = Object.entries(facts(id).values ?? {});
  if (entries.length === 0) throw new Error(`${id} gives no values`);
  return Object.fromEntries(entries.map(([name, value]) => [name, Number(value)]));
}

/** Offsets and sizes for both pointer widths. `first` names the first field of a nested struct. */
export function expectLayout<F extends FieldMap>(
  id: string,
  struct: Struct<F>,
  first: Readonly<Record<string, string>> = {},
): void {
  const { fields = [], size32, size64 } = facts(id);
  if (fields.length === 0) throw new Error(`${id} gives no fields`);
  for (const pointerBytes of [4, 8] as const) {
    const layout = struct.layout(pointerBytes);
    const offsets = fields.map(({ name }) => layout.offsets[first[name] ?? name]);
    const expected = fields.map(({ off32, off64 }) => (pointerBytes === 4 ? off32 : off64));
    expect({ offsets, size: layout.size }).toEqual({
      offsets: expected,
      size: pointerBytes === 4 ? size32 : size64,
    });
  }
}

/** IID and slots in vtable order, and the declared base that the first slots come from. */
export function expectInterface<T>(id: string, declared: InterfaceId<T>): void {
  const { iid, vtable } = facts(id);
  expect({
    iid: declared.iid.text,
    vtable: declared.slots.map((slot) => slot.windowsName),
  }).toEqual({ iid, vtable });
  expect(declared.slots.map((slot) => slot.slot)).toEqual([...declared.slots.keys()]);
}

/** Direction, C type and name of every parameter, and the return type. */
export function expectSignature(id: string, declared: Callable<never, unknown> | undefined): void {
  const { params = [], returns } = facts(id);
  if (declared === undefined) throw new Error(`${id} is not declared`);
  expect({
    returns: declared.returns.toUpperCase(),
    params: declared.parameters.map(parameterFact),
  }).toEqual({
    returns: returns?.toUpperCase(),
    params: params.map(({ dir, name, type }) => ({ dir, name, type: spelled(type) })),
  });
}

/** A method of an interface by its Windows name. */
export function method<T>(declared: InterfaceId<T>, name: string): Callable<never, unknown> {
  const slot = declared.slots.find((each) => each.windowsName === name);
  if (slot === undefined) throw new Error(`${declared.name} has no ${name}`);
  return slot.declaration;
}

function parameterFact({ cType, direction, name, optional }: Parameter<unknown>): ParameterFact {
  return { dir: optional ? `${direction},optional` : direction, name, type: spelled(cType) };
}

/** `PULONG` and `ULONG *` are one type. */
const spelled = (type: string): string => type.replaceAll(' ', '').replace(/^PULONG$/, 'ULONG*');
