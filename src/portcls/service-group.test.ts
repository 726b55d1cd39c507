import { beforeEach, describe, expect, it } from 'vitest';
import { ms } from '../base/brand.ts';
import { Out } from '../base/out.ts';
import { BugCheck } from '../kernel/bug-check.ts';
import { DISPATCH_LEVEL } from '../kernel/irql.ts';
import { Kernel } from '../kernel/kernel.ts';
import { Clock } from '../sim/clock.ts';
import { Random } from '../sim/random.ts';
import { Trace } from '../sim/trace.ts';
import { STATUS_NOT_SUPPORTED, STATUS_SUCCESS } from '../standards/nt/ntstatus.ts';
import { portClsFunctions } from './ddi/functions.ts';
import {
  IID_IServiceGroup,
  IID_IServiceSink,
  type IServiceGroup,
  type IServiceSink,
} from './ddi/port.ts';
import { ComObject } from './ddi/unknown.ts';
import { DdiGuard } from './ddi-guard.ts';
import { pcNewServiceGroup } from './service-group.ts';

const DEVICE_LEVEL = 9;
const SYSTEM_TIME = 1_000_000;

let kernel: Kernel;
let group: IServiceGroup;
/** Who was served, and at which IRQL and time. */
let served: string[];

class Sink extends ComObject implements IServiceSink {
  readonly #name: string;
  readonly #also: () => void;

  constructor(name: string, also: () => void = () => {}) {
    super(kernel, 'test', name, [IID_IServiceSink]);
    this.#name = name;
    this.#also = also;
  }

  requestService(): void {
    served.push(this.#name);
    expect(kernel.irql.current).toBe(DISPATCH_LEVEL);
    this.#also();
  }
}

function makeGroup(): IServiceGroup {
  const out = new Out<IServiceGroup | null>(null);
  expect(pcNewServiceGroup(kernel, kernel, out, null)).toBe(STATUS_SUCCESS);
  if (out.value === null) throw new Error('no group');
  return out.value;
}

function addSink(name: string, also?: () => void): Sink {
  const sink = new Sink(name, also);
  expect(group.addMember(sink)).toBe(STATUS_SUCCESS);
  return sink;
}

/** Runs `body` as an interrupt service routine would run. */
function atDeviceLevel(body: () => void): void {
  const old = kernel.irql.raise(DEVICE_LEVEL);
  body();
  kernel.irql.lower(old);
}

beforeEach(() => {
  const clock = new Clock();
  kernel = new Kernel({
    clock,
    trace: new Trace(clock),
    random: new Random(1),
    ramBytes: 1 << 20,
    systemTimeStart100ns: SYSTEM_TIME,
  });
  served = [];
  group = makeGroup();
});

describe('service group', () => {
  it('has the vtables of IServiceSink and IServiceGroup [PCL-SG-001] [PCL-SG-002]', () => {
    const sinkSlots = ['QueryInterface', 'AddRef', 'Release', 'RequestService'];
    expect(IID_IServiceSink.iid.text).toBe('{22C6AC64-851B-11D0-9A7F-00AA0038ACFE}');
    expect(IID_IServiceSink.slots.map((slot) => slot.windowsName)).toEqual(sinkSlots);
    expect(IID_IServiceGroup.iid.text).toBe('{22C6AC65-851B-11D0-9A7F-00AA0038ACFE}');
    expect(IID_IServiceGroup.slots.map((slot) => slot.windowsName)).toEqual([
      ...sinkSlots,
      'AddMember',
      'RemoveMember',
      'SupportDelayedService',
      'RequestDelayedService',
      'CancelDelayedService',
    ]);
  });

  it('declares the parameters of its methods and of its maker [PCL-SG-003] [PCL-SG-004]', () => {
    const signatures = IID_IServiceGroup.slots.slice(4).map(({ declaration }) => {
      const parameters = declaration.parameters.map((each) => `${each.direction} ${each.cType}`);
      return `${declaration.returns} (${parameters.join(', ')})`;
    });
    expect(signatures).toEqual([
      'NTSTATUS (in PSERVICESINK)',
      'VOID (in PSERVICESINK)',
      'VOID ()',
      'VOID (in ULONGLONG)',
      'VOID ()',
    ]);
    const [out, outer] = portClsFunctions.PcNewServiceGroup.parameters;
    expect(out).toMatchObject({ direction: 'out', cType: 'PSERVICEGROUP *' });
    expect(outer).toMatchObject({ name: 'OuterUnknown', optional: true });
    expect(portClsFunctions.PcNewServiceGroup.maxIrql).toBe(0);
  });

  it('serves every member at DISPATCH_LEVEL once the interrupt is over [PCL-SG-005]', () => {
    addSink('first');
    addSink('second');
    atDeviceLevel(() => {
      group.requestService();
      expect(served).toEqual([]);
    });
    expect(served).toEqual(['first', 'second']);
  });

  it('may be asked at any IRQL, through its guard too [PCL-SG-006]', () => {
    addSink('sink');
    const guarded = new DdiGuard(kernel).guard(IID_IServiceGroup, group);
    guarded.requestService();
    expect(served).toEqual(['sink']);
    atDeviceLevel(() => guarded.requestService());
    expect(served).toEqual(['sink', 'sink']);
  });

  it('serves once for all requests before its DPC runs [PCL-SG-007]', () => {
    addSink('sink');
    atDeviceLevel(() => {
      for (let request = 0; request < 3; request++) group.requestService();
    });
    expect(served).toEqual(['sink']);
    group.requestService();
    expect(served).toEqual(['sink', 'sink']);
  });

  it('holds a reference on each member while it is one [PCL-SG-008]', () => {
    const sink = addSink('sink');
    expect(sink.references).toBe(2);
    group.removeMember(sink);
    expect(sink.references).toBe(1);
    group.removeMember(sink);
    expect(sink.references).toBe(1);
    group.requestService();
    expect(served).toEqual([]);
  });

  it('knows a member again behind a guard', () => {
    const sink = addSink('sink');
    group.removeMember(new DdiGuard(kernel).guard(IID_IServiceSink, sink));
    expect(sink.references).toBe(1);
  });

  it('serves a group that is a member of another [PCL-SG-009]', () => {
    const outer = makeGroup();
    addSink('inner sink');
    outer.addMember(group);
    const outerSink = new Sink('outer sink');
    outer.addMember(outerSink);
    outer.requestService();
    // The inner group's DPC waits behind the outer one.
    expect(served).toEqual(['outer sink', 'inner sink']);
    expect(outer.release()).toBe(0);
    expect(group.release()).toBe(0);
  });

  it('is harmless without members [PCL-SG-011]', () => {
    group.requestService();
    expect(kernel.dpcs.outstanding()).toEqual([]);
  });

  it('lets members come and go while it serves', () => {
    const late = new Sink('late');
    const gone = new Sink('gone');
    const self = addSink('self', () => {
      group.removeMember(self);
      group.removeMember(gone);
      group.addMember(late);
    });
    group.addMember(gone);
    addSink('last');
    group.requestService();
    expect(served).toEqual(['self', 'last']);
    group.requestService();
    expect(served).toEqual(['self', 'last', 'last', 'late']);
    expect([self.references, gone.references, late.references]).toEqual([1, 1, 2]);
  });

  it('ends a round in which a member keeps adding itself', () => {
    const again = addSink('again', () => {
      group.removeMember(again);
      group.addMember(again);
    });
    group.requestService();
    expect(served).toEqual(['again']);
  });

  it('may be released by a member that it serves, and serves the others too', () => {
    addSink('killer', () => group.release());
    addSink('other');
    group.requestService();
    expect(served).toEqual(['killer', 'other']);
  });

  it('lives until a queued DPC has served, and forgets delayed requests with its last reference [WPC-SVC-011]', () => {
    const sink = addSink('sink');
    group.supportDelayedService();
    group.requestDelayedService(-10_000);
    atDeviceLevel(() => {
      group.requestService();
      group.release();
    });
    kernel.runFor(ms(5));
    expect(served).toEqual(['sink']);
    expect(sink.release()).toBe(0);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('cannot be aggregated', () => {
    const out = new Out<IServiceGroup | null>(group);
    expect(pcNewServiceGroup(kernel, kernel, out, group)).toBe(STATUS_NOT_SUPPORTED);
    expect(out.value).toBeNull();
  });
});

describe('delayed service', () => {
  beforeEach(() => {
    addSink('sink');
    group.supportDelayedService();
  });

  /** Asserts that the request that was made is served `dueMs` after switch-on, not before. */
  function expectServedAt(dueMs: number): void {
    kernel.run(ms(dueMs) - 1);
    expect(served).toEqual([]);
    kernel.run(ms(dueMs));
    expect(served).toEqual(['sink']);
  }

  it('comes 5 ms after a request of -50000 [PCL-SG-010]', () => {
    kernel.run(ms(2));
    group.requestDelayedService(-50_000);
    expectServedAt(7);
  });

  it('comes at an absolute system time [PCL-SG-010]', () => {
    group.requestDelayedService(SYSTEM_TIME + 30_000);
    expectServedAt(3);
  });

  it('reads the unsigned form of a negative delay as negative [PCL-SG-010]', () => {
    // 4.096 ms: near 2^64 a number holds multiples of 2048 only.
    group.requestDelayedService(2 ** 64 - 40_960);
    expectServedAt(4.096);
  });

  it('does not come once cancelled [PCL-SG-010]', () => {
    group.requestDelayedService(-50_000);
    group.cancelDelayedService();
    kernel.runFor(ms(20));
    expect(served).toEqual([]);
    expect(kernel.clock.pending).toEqual([]);
  });

  it('is moved by another request, and survives a second SupportDelayedService', () => {
    group.requestDelayedService(-50_000);
    group.supportDelayedService();
    group.requestDelayedService(-80_000);
    expectServedAt(8);
    kernel.runFor(ms(20));
    expect(served).toEqual(['sink']);
  });

  it('stops the machine when the group was not told to support it [PCL-SG-010]', () => {
    const other = makeGroup();
    other.cancelDelayedService();
    expect(() => other.requestDelayedService(-1)).toThrow(BugCheck);
    expect(() => other.requestDelayedService(-1)).toThrow('without SupportDelayedService');
  });
});
