import { beforeEach, describe, expect, it } from 'vitest';
import { Out } from '../base/out.ts';
import { BugCheck, type BugCheckParameters, bugCheckName } from '../kernel/bug-check.ts';
import { Kdpc } from '../kernel/dispatch/dpc.ts';
import type { DeviceLine } from '../kernel/interrupt-vector.ts';
import { PASSIVE_LEVEL } from '../kernel/irql.ts';
import { Kernel } from '../kernel/kernel.ts';
import {
  CM_RESOURCE_INTERRUPT_LATCHED,
  CmResourceShareDeviceExclusive,
  CmResourceShareShared,
  CmResourceTypeInterrupt,
  type InterruptResource,
} from '../kernel/pnp/resources.ts';
import { Clock } from '../sim/clock.ts';
import { Random } from '../sim/random.ts';
import { Trace } from '../sim/trace.ts';
import {
  type NtStatus,
  STATUS_DEVICE_BUSY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../standards/nt/ntstatus.ts';
import { portClsFunctions } from './ddi/functions.ts';
import { IID_IInterruptSync, type IInterruptSync, InterruptSyncMode } from './ddi/port.ts';
import { MAXIMUM_REPEAT_PASSES, pcNewInterruptSync } from './interrupt-sync.ts';
import { newResourceList } from './resource-list.ts';

const VECTOR = 0x91;
const LEVEL = 9;
const { Normal, All, Repeat } = InterruptSyncMode;

const SHARED: InterruptResource = {
  type: CmResourceTypeInterrupt,
  shareDisposition: CmResourceShareShared,
  flags: CM_RESOURCE_INTERRUPT_LATCHED,
  level: LEVEL,
  vector: VECTOR,
  affinity: 1,
};

let kernel: Kernel;
let line: DeviceLine;
/** Names of the routines that ran, in order. */
let ran: string[];

beforeEach(() => {
  const clock = new Clock();
  const trace = new Trace(clock);
  kernel = new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 });
  line = kernel.interrupts.line(VECTOR, LEVEL, 'device');
  ran = [];
});

function tryMake(
  index: number,
  mode: number,
  resource = SHARED,
): [NtStatus, IInterruptSync | null] {
  const list = newResourceList(kernel, [resource], [resource]);
  if (list === null) throw new Error('no list');
  const out = new Out<IInterruptSync | null>(null);
  const status = pcNewInterruptSync(kernel, kernel, out, null, list, index, mode);
  list.release();
  return [status, out.value];
}

function make(mode: number, resource = SHARED): IInterruptSync {
  const [status, sync] = tryMake(0, mode, resource);
  expect(status).toBe(STATUS_SUCCESS);
  if (sync === null) throw new Error('no sync object');
  return sync;
}

/** Registers a routine at the tail that answers with `results` in turn, then declines. */
function register(sync: IInterruptSync, name: string, ...results: NtStatus[]): void {
  const routine = (): NtStatus => {
    ran.push(name);
    expect(kernel.irql.current).toBe(LEVEL);
    return results.shift() ?? STATUS_UNSUCCESSFUL;
  };
  expect(sync.registerServiceRoutine(routine, null, false)).toBe(STATUS_SUCCESS);
}

/** One edge of the line; what of it the sync objects claimed. */
function interrupt(): { delivered: number; claimed: number; spurious: number } {
  line.assert();
  line.deassert();
  const counters = kernel.interrupts.counters(VECTOR);
  if (counters === null) throw new Error('no vector');
  const { delivered, claimed, spurious } = counters;
  return { delivered, claimed, spurious };
}

function bugCheckOf(body: () => void): [string, BugCheckParameters] {
  try {
    body();
  } catch (thrown) {
    if (thrown instanceof BugCheck) return [bugCheckName(thrown.code), thrown.parameters];
    throw thrown;
  }
  throw new Error('no bug check');
}

describe('interrupt sync', () => {
  it('has the vtable of IInterruptSync [PCL-IS-003]', () => {
    expect(IID_IInterruptSync.iid.text).toBe('{22C6AC63-851B-11D0-9A7F-00AA0038ACFE}');
    expect(IID_IInterruptSync.slots.map((slot) => slot.windowsName)).toEqual([
      'QueryInterface',
      'AddRef',
      'Release',
      'CallSynchronizedRoutine',
      'GetKInterrupt',
      'Connect',
      'Disconnect',
      'RegisterServiceRoutine',
    ]);
  });

  it('declares its methods, maker and modes [PCL-IS-001] [PCL-IS-004] [PCL-IS-005]', () => {
    const signatures = IID_IInterruptSync.slots.slice(3).map(({ declaration }) => {
      const parameters = declaration.parameters.map((each) => `${each.direction} ${each.cType}`);
      return `${declaration.returns} (${parameters.join(', ')})`;
    });
    expect(signatures).toEqual([
      'NTSTATUS (in PINTERRUPTSYNCROUTINE, in PVOID)',
      'PKINTERRUPT ()',
      'NTSTATUS ()',
      'VOID ()',
      'NTSTATUS (in PINTERRUPTSYNCROUTINE, in PVOID, in BOOLEAN)',
    ]);
    const maker = portClsFunctions.PcNewInterruptSync;
    expect(maker.parameters.map((each) => each.name)).toEqual([
      'OutInterruptSync',
      'OuterUnknown',
      'ResourceList',
      'ResourceIndex',
      'Mode',
    ]);
    expect([maker.returns, maker.maxIrql]).toEqual(['NTSTATUS', PASSIVE_LEVEL]);
    expect(InterruptSyncMode).toEqual({ Normal: 1, All: 2, Repeat: 3 });
  });

  it('is made for an interrupt of the list and a mode that there is [PCL-IS-002]', () => {
    expect(tryMake(1, Normal)).toEqual([STATUS_INVALID_PARAMETER, null]);
    for (const mode of [0, 4, 1.5]) {
      expect(tryMake(0, mode)).toEqual([STATUS_INVALID_PARAMETER, null]);
    }
    expect(kernel.objects.size).toBe(0);
    expect(make(Repeat).release()).toBe(0);
  });

  it('cannot be aggregated', () => {
    const list = newResourceList(kernel, [SHARED], [SHARED]);
    if (list === null) throw new Error('no list');
    const out = new Out<IInterruptSync | null>(null);
    expect(pcNewInterruptSync(kernel, kernel, out, list, list, 0, Normal)).toBe(
      STATUS_NOT_SUPPORTED,
    );
    expect(out.value).toBeNull();
  });

  it('calls from head to tail until one succeeds, in mode Normal [PCL-IS-006]', () => {
    const sync = make(Normal);
    register(sync, 'a');
    register(sync, 'b', STATUS_SUCCESS);
    register(sync, 'c');
    sync.connect();
    expect(interrupt()).toEqual({ delivered: 1, claimed: 1, spurious: 0 });
    expect(ran).toEqual(['a', 'b']);
    expect(interrupt()).toEqual({ delivered: 2, claimed: 1, spurious: 1 });
    expect(ran).toEqual(['a', 'b', 'a', 'b', 'c']);
  });

  it('calls each once, whatever they return, in mode All [PCL-IS-007]', () => {
    const sync = make(All);
    register(sync, 'a', STATUS_SUCCESS);
    register(sync, 'b');
    register(sync, 'c', STATUS_SUCCESS);
    sync.connect();
    expect(interrupt().claimed).toBe(1);
    expect(ran).toEqual(['a', 'b', 'c']);
  });

  it('repeats the list until a pass has no success, in mode Repeat [PCL-IS-008]', () => {
    const sync = make(Repeat);
    register(sync, 'a', STATUS_SUCCESS, STATUS_UNSUCCESSFUL);
    register(sync, 'b', STATUS_UNSUCCESSFUL, STATUS_SUCCESS);
    sync.connect();
    expect(interrupt().claimed).toBe(1);
    expect(ran).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('stops the machine when mode Repeat never ends [PCL-IS-009]', () => {
    const sync = make(Repeat);
    let passes = 0;
    const always = (): NtStatus => {
      passes++;
      return STATUS_SUCCESS;
    };
    sync.registerServiceRoutine(always, null, false);
    sync.connect();
    expect(bugCheckOf(interrupt)).toEqual(['HARDWARE_INTERRUPT_STORM', [VECTOR, 0, 0, 0]]);
    expect(passes).toBe(MAXIMUM_REPEAT_PASSES);
  });

  it('ends mode Repeat one pass short of a storm', () => {
    const sync = make(Repeat);
    const successes = new Array<NtStatus>(MAXIMUM_REPEAT_PASSES - 1).fill(STATUS_SUCCESS);
    register(sync, 'a', ...successes);
    sync.connect();
    expect(interrupt().claimed).toBe(1);
    expect(ran).toHaveLength(MAXIMUM_REPEAT_PASSES);
  });

  it.each([Normal, All, Repeat])('declines in mode %i when all fail [PCL-IS-010]', (mode) => {
    const sync = make(mode);
    register(sync, 'a');
    // A status that is no error is no claim either.
    register(sync, 'b', STATUS_DEVICE_BUSY);
    sync.connect();
    expect(interrupt()).toEqual({ delivered: 1, claimed: 0, spurious: 1 });
    expect(ran).toEqual(['a', 'b']);
  });

  it('puts a routine at the head or the tail, and hands it its context [PCL-IS-011]', () => {
    const sync = make(All);
    const routine = (given: unknown, context: unknown): NtStatus => {
      expect(given).toBe(sync);
      ran.push(String(context));
      return STATUS_SUCCESS;
    };
    sync.registerServiceRoutine(routine, 'second', false);
    sync.registerServiceRoutine(routine, 'third', false);
    sync.registerServiceRoutine(routine, 'first', true);
    sync.connect();
    interrupt();
    expect(ran).toEqual(['first', 'second', 'third']);
  });

  it('serves a level line until it falls', () => {
    const sync = make(Normal, { ...SHARED, flags: 0 });
    const routine = (): NtStatus => {
      ran.push('isr');
      if (ran.length === 3) line.deassert();
      return STATUS_SUCCESS;
    };
    sync.registerServiceRoutine(routine, null, false);
    sync.connect();
    line.assert();
    expect(ran).toHaveLength(3);
  });
});

describe('connection', () => {
  it('lets routines run between Connect and Disconnect only [PCL-IS-014]', () => {
    const sync = make(Normal);
    register(sync, 'isr', STATUS_SUCCESS, STATUS_SUCCESS);
    interrupt();
    expect(ran).toEqual([]);
    expect(sync.connect()).toBe(STATUS_SUCCESS);
    // The edge that nobody served has waited.
    expect(ran).toEqual(['isr']);
    interrupt();
    expect(ran).toEqual(['isr', 'isr']);
    sync.disconnect();
    sync.disconnect();
    interrupt();
    expect(ran).toEqual(['isr', 'isr']);
  });

  it('ends with the object that was not disconnected [PCL-IS-014]', () => {
    const sync = make(Normal);
    register(sync, 'isr', STATUS_SUCCESS);
    sync.connect();
    expect(sync.release()).toBe(0);
    interrupt();
    expect(ran).toEqual([]);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('gives the interrupt object while it stands [PCL-IS-015]', () => {
    const sync = make(Normal);
    expect(sync.getKInterrupt()).toBeNull();
    sync.connect();
    expect(sync.getKInterrupt()?.vector.number).toBe(VECTOR);
    sync.disconnect();
    expect(sync.getKInterrupt()).toBeNull();
  });

  it('is made once', () => {
    const sync = make(Normal);
    sync.connect();
    const first = sync.getKInterrupt();
    expect(sync.connect()).toBe(STATUS_INVALID_DEVICE_STATE);
    expect(sync.getKInterrupt()).toBe(first);
  });

  it('fails for a vector without a line, and for one that another keeps to itself', () => {
    const elsewhere = make(Normal, { ...SHARED, vector: VECTOR + 1 });
    expect(elsewhere.connect()).toBe(STATUS_INVALID_PARAMETER);
    expect(elsewhere.getKInterrupt()).toBeNull();
    const exclusive = { ...SHARED, shareDisposition: CmResourceShareDeviceExclusive };
    expect(make(Normal, exclusive).connect()).toBe(STATUS_SUCCESS);
    expect(make(Normal).connect()).toBe(STATUS_INVALID_PARAMETER);
  });
});

describe('synchronized routine', () => {
  it.each([true, false])('holds off the interrupt (connected: %s) [PCL-IS-012]', (isConnected) => {
    const sync = make(Normal);
    register(sync, 'isr', STATUS_SUCCESS);
    if (isConnected) sync.connect();
    const context = { calls: 0 };
    const routine = (given: unknown, dynamicContext: unknown): NtStatus => {
      expect([given, dynamicContext]).toEqual([sync, context]);
      expect(kernel.irql.current).toBe(LEVEL);
      interrupt();
      expect(ran).toEqual([]);
      context.calls++;
      return STATUS_DEVICE_BUSY;
    };
    expect(sync.callSynchronizedRoutine(routine, context)).toBe(STATUS_DEVICE_BUSY);
    expect(context.calls).toBe(1);
    expect(ran).toEqual(isConnected ? ['isr'] : []);
    expect(kernel.irql.current).toBe(PASSIVE_LEVEL);
  });

  it.each([true, false])(
    'keeps its status when a DPC calls the next (connected: %s)',
    (isConnected) => {
      const sync = make(Normal);
      if (isConnected) sync.connect();
      const next = (): NtStatus => {
        ran.push('next');
        return STATUS_SUCCESS;
      };
      const dpc = new Kdpc(
        kernel.trace,
        'dpc',
        () => sync.callSynchronizedRoutine(next, null),
        null,
      );
      const routine = (): NtStatus => {
        kernel.dpcs.insert(dpc);
        return STATUS_DEVICE_BUSY;
      };
      expect(sync.callSynchronizedRoutine(routine, null)).toBe(STATUS_DEVICE_BUSY);
      expect(ran).toEqual(['next']);
    },
  );

  it.each([true, false])('deadlocks inside itself (connected: %s)', (isConnected) => {
    const sync = make(Normal);
    if (isConnected) sync.connect();
    const nested = (): NtStatus => sync.callSynchronizedRoutine(() => STATUS_SUCCESS, null);
    const [code] = bugCheckOf(() => sync.callSynchronizedRoutine(nested, null));
    expect(code).toBe('SPIN_LOCK_ALREADY_OWNED');
  });

  it('deadlocks inside a service routine of the same object', () => {
    const sync = make(Normal);
    const routine = (): NtStatus => sync.callSynchronizedRoutine(() => STATUS_SUCCESS, null);
    sync.registerServiceRoutine(routine, null, false);
    sync.connect();
    expect(bugCheckOf(interrupt)[0]).toBe('SPIN_LOCK_ALREADY_OWNED');
  });

  it('may be asked for at the level of the interrupt, not above [PCL-IS-013]', () => {
    const sync = make(Normal);
    kernel.irql.raise(LEVEL);
    expect(sync.callSynchronizedRoutine(() => STATUS_SUCCESS, null)).toBe(STATUS_SUCCESS);
    kernel.irql.raise(LEVEL + 1);
    const [code, parameters] = bugCheckOf(() =>
      sync.callSynchronizedRoutine(() => STATUS_SUCCESS, null),
    );
    expect([code, parameters[1]]).toEqual(['IRQL_NOT_LESS_OR_EQUAL', LEVEL + 1]);
  });
});
