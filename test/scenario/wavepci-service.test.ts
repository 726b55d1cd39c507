/** When streams are served, by whom, and which events a client hears of. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import {
  ComObject,
  IID_IServiceGroup,
  type InterfaceId,
  type IServiceGroup,
  type IServiceSink,
  type Wdk,
} from '../../src/portcls/ddi/index.ts';
import {
  KSEVENTSETID_Connection,
  KSEVENTSETID_LoopedStreaming,
} from '../../src/standards/ks/guids.ts';
import {
  KSEVENT_CONNECTION,
  KSEVENT_LOOPEDSTREAMING_POSITION,
  KSEVENT_TYPE_ONESHOT,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../src/standards/ks/stream-packets.ts';
import {
  type NtStatus,
  STATUS_INVALID_PARAMETER,
  STATUS_PROPSET_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { noise, scenario } from '../../src/testing/index.ts';
import { SECOND_PIN } from '../support/bus-master-driver.ts';
import { bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';
import { type EnabledEvent, enableEvent } from '../support/stream-events.ts';

const { PAUSE, RUN, STOP } = KSSTATE;
const POSITION = KSEVENT_LOOPEDSTREAMING_POSITION;
const services = (calls: readonly string[]): string[] =>
  calls.filter((call) => call.includes('Service'));

/** Counts how often a synchronization event was set, and lets it be set again. */
const take = ({ event }: EnabledEvent): boolean => event.reset();

scenario(
  'an interrupt’s Notify reaches Service in a DPC, at DISPATCH_LEVEL, after the source is cleared ' +
    '[WPC-SVC-001 WPC-SVC-002 WPC-SVC-004 WPC-IRQL-002 WPC-IRQL-015]',
  (lab) => {
    const seen: string[] = [];
    const machine = bootBusMaster(lab, {
      interrupted: ({ device, wdk }) => {
        seen.push(`${wdk.KeGetCurrentIrql()} ${device.registers.read(0, 4)}`);
      },
    });
    const spied = machine.spy();
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    machine.write(pin, noise(STEREO_48, 480));
    machine.setState(pin, RUN);
    machine.takeCalls();
    machine.lab.runFor(ms(12));
    expect(seen).toEqual(['5 0']);
    expect(services(machine.takeCalls())).toEqual(['Service 2']);
    const order = spied
      .filter(({ name }) => /Notify|RequestService|WavePciStream.Service/.test(name))
      .map(({ irql, name }) => `${irql} ${name}`);
    expect(order).toEqual([
      '5 IPortWavePci.Notify',
      '5 IServiceGroup.RequestService',
      '2 IServiceSink.RequestService',
      '2 IMiniportWavePciStream.Service',
    ]);
  },
);

scenario(
  'the filter’s group leads to the filter’s Service, a stream’s to that stream’s ' +
    '[WPC-SVC-003 WPC-SVC-005 WPC-INIT-005 WPC-INIT-006 WPC-NS-012 WPC-IRQL-008]',
  (lab) => {
    for (const [groups, filterGroup, expected] of [
      ['shared', true, ['filter Service 2', 'Service 2', 'Service 2']],
      ['stream', false, ['Service 2', 'Service 2']],
    ] as const) {
      const machine = bootBusMaster(lab, { groups, filterGroup, isManual: true });
      const pins = [machine.openPin(), machine.openPin(SECOND_PIN)];
      for (const pin of pins) machine.setState(pin, RUN);
      machine.takeCalls();
      for (const group of machine.miniport.groups) machine.miniport.port?.notify(group);
      expect(services(machine.takeCalls())).toEqual(expected);
      pins[0]?.close();
      machine.takeCalls();
    }
  },
);

scenario('Service comes in RUN only, and on Windows 2000 in every state [WPC-SVC-006]', (lab) => {
  for (const [version, expected] of [
    ['vista', [0, 0, 1, 0, 0]],
    ['xp', [0, 0, 1, 0, 0]],
    ['win2000', [1, 1, 1, 1, 1]],
  ] as const) {
    const machine = bootBusMaster(lab, { isManual: true }, { settings: { version } });
    const pin = machine.openPin();
    const counts = [STOP, PAUSE, RUN, PAUSE, STOP].map((state) => {
      machine.setState(pin, state);
      machine.takeCalls();
      for (const group of machine.miniport.groups) machine.miniport.port?.notify(group);
      return services(machine.takeCalls()).length;
    });
    expect(counts).toEqual(expected);
  }
});

scenario(
  'a stream without a group is served by the port every 20 ms while it runs ' +
    '[WPC-NS-009 WPC-NS-010]',
  (lab) => {
    const machine = bootBusMaster(lab, { groups: 'none', isManual: true });
    const pin = machine.openPin();
    machine.setState(pin, RUN);
    machine.takeCalls();
    const counts = [19, 2, 19, 20].map((time) => {
      machine.lab.runFor(ms(time));
      return services(machine.takeCalls()).length;
    });
    expect(counts).toEqual([0, 1, 1, 1]);
    machine.setState(pin, PAUSE);
    machine.lab.runFor(ms(100));
    expect(services(machine.takeCalls())).toEqual([]);
    expect(machine.kernel.clock.pending.length).toBe(0);
  },
);

scenario(
  'after a close nobody is served, and the group is let go [WPC-SVC-012 WPC-NS-008]',
  (lab) => {
    const machine = bootBusMaster(lab, { groups: 'shared' });
    const spied = machine.spy();
    const pin = machine.openPin();
    machine.setState(pin, RUN);
    const group = [...machine.miniport.groups][0];
    if (group === undefined) throw new Error('no group');
    machine.takeCalls();
    spied.length = 0;
    pin.close();
    machine.takeCalls();
    machine.miniport.port?.notify(group);
    expect(machine.takeCalls()).toEqual([]);
    const end = spied.map(({ name }) => name);
    const left = end.indexOf('IServiceGroup.RemoveMember');
    expect(left).toBeGreaterThan(0);
    expect(end.lastIndexOf('IServiceGroup.Release')).toBeGreaterThan(left);
  },
);

/** A group that a driver wrote itself: it asks its members at once, at the caller's level. */
class HastyGroup extends ComObject implements IServiceGroup {
  readonly #members: IServiceSink[] = [];

  constructor(wdk: Wdk) {
    super(wdk, 'busmaster', 'hasty group', [IID_IServiceGroup as InterfaceId<unknown>]);
  }

  requestService(): void {
    for (const member of this.#members) member.requestService();
  }

  addMember(serviceSink: IServiceSink): NtStatus {
    serviceSink.addRef();
    this.#members.push(serviceSink);
    return STATUS_SUCCESS;
  }

  removeMember(serviceSink: IServiceSink): void {
    const index = this.#members.indexOf(serviceSink);
    if (index >= 0) this.#members.splice(index, 1)[0]?.release();
  }

  supportDelayedService(): void {}
  requestDelayedService(): void {}
  cancelDelayedService(): void {}
}

scenario('Service runs at DISPATCH_LEVEL whatever group asks for it [WPC-IRQL-015]', (lab) => {
  const newGroup = (wdk: Wdk): IServiceGroup => new HastyGroup(wdk);
  const machine = bootBusMaster(lab, { newGroup, isManual: true });
  const pin = machine.openPin();
  machine.setState(pin, RUN);
  machine.takeCalls();
  for (const group of machine.miniport.groups) machine.miniport.port?.notify(group);
  expect(services(machine.takeCalls())).toEqual(['Service 2']);
  expect(machine.kernel.irql.current).toBe(0);
});

scenario(
  'states and framing are asked at PASSIVE_LEVEL, MappingAvailable comes where the packet comes ' +
    '[WPC-IRQL-010 WPC-IRQL-011 WPC-IRQL-014]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const spied = machine.spy();
    const pin = machine.openPin();
    const other = machine.openPin(SECOND_PIN);
    machine.setState(other, RUN);
    machine.setState(pin, RUN);
    const echo = other.packet(400);
    // When this one comes back, in a DPC, the client sends one to the other pin.
    const packet = pin.packet(400, () => echo.write(400));
    packet.write(400);
    machine.lab.runFor(ms(10));
    machine.setState(pin, STOP);
    const levels = (method: string): number[] =>
      spied.filter(({ name }) => name.endsWith(`.${method}`)).map(({ irql }) => irql);
    expect(new Set(levels('SetState'))).toEqual(new Set([0]));
    expect(new Set(levels('GetAllocatorFraming'))).toEqual(new Set([0]));
    expect(levels('MappingAvailable')).toEqual([0, 2]);
  },
);

scenario(
  'a position event comes once a lap, as precisely as the stream is served ' +
    '[WPC-POS-017 WPC-POS-018 WPC-NS-009]',
  (lab) => {
    const machine = bootBusMaster(
      lab,
      { groups: 'none', depth: 64 },
      { settings: { version: 'xp' } },
    );
    const pin = machine.openLoop();
    machine.setState(pin, PAUSE);
    // A lap of 50 ms; the event is 25 ms into it.
    machine.write(pin, noise(STEREO_48, 2_400));
    const outside = enableEvent(pin, KSEVENTSETID_LoopedStreaming, POSITION, { byte: 9_600 });
    expect(outside.status).toBe(STATUS_INVALID_PARAMETER);
    const middle = enableEvent(pin, KSEVENTSETID_LoopedStreaming, POSITION, { byte: 4_800 });
    const once = enableEvent(pin, KSEVENTSETID_LoopedStreaming, POSITION, {
      byte: 4_800,
      flags: KSEVENT_TYPE_ONESHOT,
    });
    machine.setState(pin, RUN);
    const heard: number[] = [];
    for (let time = 1; time <= 200; time++) {
      machine.lab.runFor(ms(1));
      if (take(middle)) heard.push(time);
    }
    // Served at 20, 40, 60 ...; passed at 25, 75, 125, 175.
    expect(heard).toEqual([40, 80, 140, 180]);
    expect(take(once)).toBe(true);
    machine.lab.runFor(ms(100));
    expect(take(once)).toBe(false);
    // From the start again: what was passed before the stop is ahead once more.
    const early = enableEvent(pin, KSEVENTSETID_LoopedStreaming, POSITION, { byte: 960 });
    machine.setState(pin, STOP, PAUSE);
    machine.write(pin, noise(STEREO_48, 2_400));
    take(middle);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(30));
    expect([take(early), take(middle)]).toEqual([true, false]);
    machine.lab.runFor(ms(15));
    expect(take(middle)).toBe(true);
  },
);

scenario(
  'leaving RUN the port signals what is due; Windows 2000 leaves that to the miniport [WPC-ST-008]',
  (lab) => {
    for (const [version, isSignalled] of [
      ['xp', true],
      ['win2000', false],
    ] as const) {
      const machine = bootBusMaster(lab, { isManual: true }, { settings: { version } });
      const pin = machine.openLoop();
      machine.setState(pin, PAUSE);
      machine.write(pin, noise(STEREO_48, 2_400));
      machine.stream.get(0);
      machine.stream.get(1);
      const event = enableEvent(pin, KSEVENTSETID_LoopedStreaming, POSITION, { byte: 960 });
      machine.setState(pin, RUN);
      machine.lab.runFor(ms(8));
      expect(take(event)).toBe(false);
      // Asked for when it has been passed already, the next lap's is meant.
      const late = enableEvent(pin, KSEVENTSETID_LoopedStreaming, POSITION, { byte: 960 });
      machine.setState(pin, PAUSE);
      expect([take(event), take(late)]).toEqual([isSignalled, false]);
    }
  },
);

scenario('from Vista on no port has position events [WPC-POS-017]', (lab) => {
  const machine = bootBusMaster(lab);
  const pin = machine.openLoop();
  const event = enableEvent(pin, KSEVENTSETID_LoopedStreaming, POSITION);
  expect(event.status).toBe(STATUS_PROPSET_NOT_FOUND);
  const plain = bootBusMaster(lab, {}, { settings: { version: 'xp' } }).openPin();
  const onPlain = enableEvent(plain, KSEVENTSETID_LoopedStreaming, POSITION);
  expect(onPlain.status).toBe(STATUS_INVALID_PARAMETER);
});

scenario('the end of the stream is told when its last packet is over [PCL-KS-010]', (lab) => {
  const machine = bootBusMaster(lab);
  const pin = machine.openPin();
  const other = machine.openPin(SECOND_PIN);
  const { ENDOFSTREAM } = KSEVENT_CONNECTION;
  const ended = enableEvent(pin, KSEVENTSETID_Connection, ENDOFSTREAM);
  const elsewhere = enableEvent(other, KSEVENTSETID_Connection, ENDOFSTREAM);
  expect([ended.status, elsewhere.status]).toEqual([STATUS_SUCCESS, STATUS_SUCCESS]);
  machine.setState(pin, PAUSE);
  machine.write(pin, noise(STEREO_48, 480));
  machine.write(pin, noise(STEREO_48, 480), KSSTREAM_HEADER_OPTIONSF.ENDOFSTREAM);
  machine.setState(pin, RUN);
  machine.lab.runFor(ms(15));
  expect(take(ended)).toBe(false);
  machine.lab.runFor(ms(10));
  expect(take(ended)).toBe(true);
  expect(take(elsewhere)).toBe(false);
  pin.close();
});
