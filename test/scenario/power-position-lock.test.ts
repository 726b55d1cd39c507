/**
 * UsePositionLock: a driver's setting that takes positions and packets out of the device lock, so
 * that they are answered while a state change of another stream waits in the driver.
 */
import { describe, expect } from 'vitest';
import type { KsPin } from '../../src/client/ks-pin.ts';
import { REG_DWORD, registryDword } from '../../src/kernel/registry-key.ts';
import { driverKeyPath } from '../../src/portcls/driver-settings.ts';
import { KSPROPSETID_Audio, KSPROPSETID_RTAudio } from '../../src/standards/ks/guids.ts';
import {
  KSPIN_DATAFLOW,
  KSPROPERTY_AUDIO,
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { send } from '../support/ks-requests.ts';
import { plainDescriptor, plainRenderPin } from '../support/plain-driver.ts';
import { ANY_BYTES, type PlainMachine } from '../support/plain-machine.ts';
import { offering } from '../support/plain-streams.ts';
import { buildPower } from '../support/power-adapter.ts';

const MS = 1_000_000;
/** The state change of the other stream is in the driver from 1 ms to 4 ms. */
const OVERLAPPED = 2;
const WAITED = 4;

function setLock({ kernel, node }: PlainMachine['lab']['machine'], value: number): void {
  const path = driverKeyPath(kernel, node.pdo, 'DispatchSettings');
  kernel.registry.ensure(path ?? '').setValue('UsePositionLock', REG_DWORD, registryDword(value));
}

/** A machine whose driver was added with this setting, null for none. */
function boot(lab: Lab, value: number | null, isCapture = false): PlainMachine {
  const [streamPin, ...others] = plainDescriptor.pins;
  if (streamPin === undefined) throw new Error('no pin');
  const capturing = {
    ...plainDescriptor,
    pins: [{ ...plainRenderPin, dataFlow: KSPIN_DATAFLOW.OUT }, ...others],
    connections: [],
  };
  return buildPower(
    lab,
    { version: 0, rebalance: null },
    ({ machine }) => {
      if (value !== null) setLock(machine, value);
    },
    {
      ...offering(['notification', isCapture ? 'input' : 'output']),
      ...(isCapture ? { descriptor: capturing } : {}),
    },
  );
}

/** When a request was over that was sent at 2 ms, to a pin beside one that changes its state. */
function doneAtMs(machine: PlainMachine, ask: (pin: KsPin) => unknown): number {
  const [first, other] = [machine.openPin(), machine.openPin()];
  for (const pin of [first, other]) {
    pin.check('BUFFER', pin.tryAllocateBufferWithNotification(ANY_BYTES, 2).status);
  }
  const { clock, dispatcher } = machine.kernel;
  machine.answers.setState = () => {
    dispatcher.delaySynchronously(-30_000);
    return STATUS_SUCCESS;
  };
  let doneNs = 0;
  const startNs = clock.now;
  dispatcher.createThread('first', 8, function* body() {
    yield dispatcher.delay(10_000);
    first.setState(KSSTATE.ACQUIRE);
  });
  dispatcher.createThread('second', 8, function* body() {
    yield dispatcher.delay(20_000);
    expect(ask(other)).toBe(STATUS_SUCCESS);
    doneNs = clock.now - startNs;
  });
  machine.lab.runFor(20 * MS);
  return doneNs / MS;
}

interface Request {
  readonly isCapture?: boolean;
  readonly ask: (pin: KsPin) => unknown;
}

const [audio, rtAudio] = [KSPROPSETID_Audio, KSPROPSETID_RTAudio];
const [get, set] = [KSPROPERTY_TYPE_GET, KSPROPERTY_TYPE_SET];
const asks = (of: typeof audio, id: number, flags: number, valueBytes: number) => (pin: KsPin) =>
  send(pin, { set: of, id, flags, valueBytes });

const requests: Readonly<Record<string, Request>> = {
  AUDIO_POSITION: { ask: asks(audio, KSPROPERTY_AUDIO.POSITION, get, 16) },
  AUDIO_POSITIONEX: { ask: asks(audio, KSPROPERTY_AUDIO.POSITIONEX, get, 40) },
  PACKETCOUNT: { ask: asks(rtAudio, KSPROPERTY_RTAUDIO.PACKETCOUNT, get, 4) },
  PRESENTATION_POSITION: {
    ask: asks(rtAudio, KSPROPERTY_RTAUDIO.PRESENTATION_POSITION, get, 16),
  },
  SETWRITEPACKET: { ask: asks(rtAudio, KSPROPERTY_RTAUDIO.SETWRITEPACKET, set, 12) },
  GETREADPACKET: {
    isCapture: true,
    ask: asks(rtAudio, KSPROPERTY_RTAUDIO.GETREADPACKET, get, 24),
  },
};

for (const [name, { ask, isCapture }] of Object.entries(requests)) {
  scenario(`${name} waits for a state change without the setting [WRT-LCK-001]`, (lab) => {
    expect(doneAtMs(boot(lab, null, isCapture), ask)).toBe(WAITED);
  });

  scenario(`${name} overlaps a state change with it [WRT-LCK-002]`, (lab) => {
    expect(doneAtMs(boot(lab, 1, isCapture), ask)).toBe(OVERLAPPED);
  });
}

describe('the setting', () => {
  const { ask } = requests['AUDIO_POSITION'] ?? {};
  if (ask === undefined) throw new Error('no request');

  scenario('is on from 1 upwards [WRT-LCK-002]', (lab) => {
    expect(doneAtMs(boot(lab, 0), ask)).toBe(WAITED);
    expect(doneAtMs(boot(lab, 2), ask)).toBe(OVERLAPPED);
  });

  scenario('is read when the device is added, and not again [WRT-LCK-002]', (lab) => {
    const off = boot(lab, null);
    setLock(off.lab.machine, 1);
    expect(doneAtMs(off, ask)).toBe(WAITED);
    const on = boot(lab, 1);
    setLock(on.lab.machine, 0);
    expect(doneAtMs(on, ask)).toBe(OVERLAPPED);
  });
});
