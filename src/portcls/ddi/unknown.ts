/**
 * IUnknown and the object that implements it. References are real: an object that is still
 * referenced when the machine is switched off is a leak, and one that is used after its last
 * release, or released once too often, stops the machine.
 */
import { type BugCheckRaiser, REFERENCE_BY_POINTER } from '../../kernel/bug-check.ts';
import type { ObjectLedger } from '../../kernel/objects.ts';
import {
  call,
  declareInterface,
  derivesFrom,
  type InterfaceId,
  input,
  kind,
  output,
} from './declare.ts';

export interface IUnknown {
  /** The interface of this object, with a reference of its own, or null when it has none such. */
  queryInterface<T>(iid: InterfaceId<T>): T | null;
  addRef(): number;
  release(): number;
}

const ULONG = kind<number>('ULONG');
const NTSTATUS = kind<number>('NTSTATUS');
const REFIID = kind<InterfaceId<unknown>>('REFIID');
const PVOID = kind<unknown>('PVOID');
const DISPATCH_LEVEL = 2;

const declareUnknown = (name: string, iid: string): InterfaceId<IUnknown> =>
  declareInterface(name, iid, null, {
    queryInterface: call(NTSTATUS, [input('InterfaceId', REFIID), output('Interface', PVOID)]),
    addRef: call(ULONG, [], { maxIrql: DISPATCH_LEVEL }),
    release: call(ULONG, [], { maxIrql: DISPATCH_LEVEL }),
  }) as InterfaceId<unknown> as InterfaceId<IUnknown>;

/** The GUID of punknown.h, which differs from the one of COM. */
export const IID_IUnknown = declareUnknown('IUnknown', '{00000000-0000-0000-0000-C00000000046}');
/** The GUID of COM, which a port accepts as well. */
export const IID_IUnknownCom = declareUnknown(
  'IUnknown (COM)',
  '{00000000-0000-0000-C000-000000000046}',
);

/** What an object needs to be accounted for: the ledger, and the machine's way to stop. */
export interface ObjectHome extends BugCheckRaiser {
  readonly objects: ObjectLedger;
}

/** A reference-counted object. It starts with one reference, which belongs to its creator. */
export abstract class ComObject implements IUnknown {
  readonly #home: ObjectHome;
  readonly #name: string;
  readonly #interfaces: readonly InterfaceId<unknown>[];
  #references = 1;

  constructor(
    home: ObjectHome,
    owner: string,
    name: string,
    interfaces: readonly InterfaceId<unknown>[],
  ) {
    this.#home = home;
    this.#name = name;
    this.#interfaces = interfaces;
    home.objects.add(this, name, owner);
  }

  get references(): number {
    return this.#references;
  }

  queryInterface<T>(iid: InterfaceId<T>): T | null {
    const wanted = iid as InterfaceId<unknown>;
    const isUnknown = wanted.iid === IID_IUnknown.iid || wanted.iid === IID_IUnknownCom.iid;
    if (!isUnknown && !this.#interfaces.some((own) => derivesFrom(own, wanted))) return null;
    this.addRef();
    return this as unknown as T;
  }

  addRef(): number {
    if (this.#references === 0) this.#misused('AddRef');
    this.#references++;
    return this.#references;
  }

  release(): number {
    if (this.#references === 0) this.#misused('Release');
    this.#references--;
    if (this.#references === 0) {
      this.#home.objects.remove(this);
      this.destroy();
    }
    return this.#references;
  }

  /** The destructor: runs when the last reference goes. */
  protected destroy(): void {}

  #misused(method: string): never {
    const detail = `${method} on ${this.#name} after its last reference was released`;
    return this.#home.bugCheck(REFERENCE_BY_POINTER, 0, 0, 0, 0, detail);
  }
}
