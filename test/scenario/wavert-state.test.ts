/** States of a WaveRT pin, and the positions that it reports in them. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../src/kernel/irql.ts';
import { IID_IMiniportWaveRTStream } from '../../src/portcls/ddi/miniport.ts';
import { KSPROPSETID_Audio } from '../../src/standards/ks/guids.ts';
import { KSAUDIO_POSITIONEX, KSPROPERTY_AUDIO, KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  STATUS_DEVICE_NOT_READY,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, pinTable, scenario } from '../../src/testing/index.ts';
import { ANY_BYTES, bootMoving, bootPlain } from '../support/plain-machine.ts';

const moving = (lab: Lab) => bootMoving(lab).lab;

pinTable(
  'a pin is set to each state and tells which it has [WRT-STA-003]',
  `
  at ms  request                   status    pin      position
   0     get STATE                 SUCCESS   STOP        0
   0     get RTAUDIO.BUFFER 3840   SUCCESS   STOP        0
   1     set STATE ACQUIRE         SUCCESS   ACQUIRE     0
   2     set STATE PAUSE           SUCCESS   PAUSE       0
   3     set STATE RUN             SUCCESS   RUN         0
   5     -                         -         RUN       384   // 2 ms at 192 bytes
   5     set STATE PAUSE           SUCCESS   PAUSE     384
   9     get STATE                 SUCCESS   PAUSE     384
   9     set STATE RUN             SUCCESS   RUN       384
  28     get STATE                 SUCCESS   RUN       192   // 384 + 3648 - 3840
  28     set STATE ACQUIRE         SUCCESS   ACQUIRE   192
  29     set STATE STOP            SUCCESS   STOP        0
`,
  moving,
);

pinTable(
  'position requests want the whole value, and only GET [WRT-POS-009 WRT-POS-010]',
  `
  at ms  request                  status             pin    position
   0     get RTAUDIO.BUFFER 3840  SUCCESS            STOP      0
   0     set STATE RUN            SUCCESS            RUN       0
   1     get AUDIO.POSITION 8 B   BUFFER_TOO_SMALL   RUN     192
   1     get AUDIO.POSITION 16 B  SUCCESS            RUN     192
   1     get AUDIO.POSITION 0 B   BUFFER_OVERFLOW    RUN     192
   2     set AUDIO.POSITION 16 B  NOT_SUPPORTED      RUN     384
   2     get AUDIO.POSITIONEX 39 B  BUFFER_TOO_SMALL   RUN     384
   2     get AUDIO.POSITIONEX 40 B  SUCCESS            RUN     384
`,
  moving,
);

pinTable(
  'a pin without a buffer gets as far as PAUSE [WRT-STA-016]',
  `
  at ms  request                  status                pin     position
   0     set STATE RUN            INVALID_DEVICE_STATE  PAUSE   0
   1     set STATE RUN            INVALID_DEVICE_STATE  PAUSE   0
   1     get RTAUDIO.BUFFER 3840  SUCCESS               PAUSE   0
   1     set STATE RUN            SUCCESS               RUN     0
`,
  (lab) => {
    const { lab: machine } = bootMoving(lab);
    machine.expectFinding(/a client asked for RUN before the cyclic buffer/);
    return machine;
  },
);

scenario('a state that there is not is refused [WRT-STA-001]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  expect(KSSTATE).toEqual({ STOP: 0, ACQUIRE: 1, PAUSE: 2, RUN: 3 });
  for (const state of [4, 99, 0xffff_ffff]) {
    expect(pin.setState(state as never)).toBe(STATUS_INVALID_PARAMETER);
  }
  expect(pin.getState()).toBe(KSSTATE.STOP);
});

scenario('SetState is called at PASSIVE_LEVEL with the state [WRT-STA-002]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  const spied = machine.spy();
  pin.setState(KSSTATE.ACQUIRE);
  expect(spied).toEqual([
    { name: 'IMiniportWaveRTStream.SetState', args: [KSSTATE.ACQUIRE], irql: PASSIVE_LEVEL },
  ]);
});

scenario('the miniport sees one step at a time, up and down [WRT-STA-004]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  machine.takeCalls();
  pin.setState(KSSTATE.RUN);
  expect(machine.takeCalls()).toEqual(['SetState ACQUIRE', 'SetState PAUSE', 'SetState RUN']);
  pin.setState(KSSTATE.STOP);
  expect(machine.takeCalls()).toEqual(['SetState PAUSE', 'SetState ACQUIRE', 'SetState STOP']);
});

scenario('the first step that fails ends the walk [WRT-STA-005]', (lab) => {
  const machine = bootPlain(lab, {
    setState: (state) => (state === KSSTATE.PAUSE ? STATUS_DEVICE_NOT_READY : STATUS_SUCCESS),
  });
  const { pin } = machine.openBuffer();
  machine.takeCalls();
  expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_DEVICE_NOT_READY);
  expect(machine.takeCalls()).toEqual(['SetState ACQUIRE', 'SetState PAUSE']);
  expect(pin.getState()).toBe(KSSTATE.ACQUIRE);
});

scenario('PAUSE and RUN alternate as often as a client likes [WRT-STA-006]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.PAUSE);
  machine.takeCalls();
  for (let round = 0; round < 100; round++) {
    expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
    expect(pin.setState(KSSTATE.PAUSE)).toBe(STATUS_SUCCESS);
  }
  expect(machine.takeCalls()).toHaveLength(200);
});

scenario('the state that a stream has is set without asking it [WRT-STA-007]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.PAUSE);
  machine.takeCalls();
  expect(pin.setState(KSSTATE.PAUSE)).toBe(STATUS_SUCCESS);
  expect(machine.takeCalls()).toEqual([]);
});

scenario('a driver that fails on the way down is reported, and closed [WRT-STA-015]', (lab) => {
  let isLost = false;
  const machine = bootPlain(lab, {
    setState: () => (isLost ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS),
  });
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  machine.takeCalls();
  isLost = true;
  machine.lab.expectFinding(/SetState failed on the way down/);
  expect(pin.setState(KSSTATE.STOP)).toBe(STATUS_UNSUCCESSFUL);
  expect(pin.getState()).toBe(KSSTATE.RUN);
  machine.takeCalls();
  pin.close();
  expect(machine.takeCalls()).toEqual([
    'SetState PAUSE',
    'SetState ACQUIRE',
    'SetState STOP',
    `FreeAudioBuffer ${ANY_BYTES}`,
    '~stream',
  ]);
});

scenario('a position comes from GetPosition, whatever it answers [WRT-POS-001]', (lab) => {
  let status = STATUS_SUCCESS;
  const machine = bootPlain(lab, {
    position: (position) => {
      Object.assign(position, { playOffset: 1000, writeOffset: 1200 });
      return status;
    },
  });
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  machine.takeCalls();
  expect(pin.readPosition()).toBe(STATUS_SUCCESS);
  expect([pin.playOffset, pin.writeOffset]).toEqual([1000, 1200]);
  expect(machine.takeCalls()).toEqual(['GetPosition']);
  status = STATUS_INSUFFICIENT_RESOURCES;
  expect(pin.readPosition()).toBe(STATUS_INSUFFICIENT_RESOURCES);
});

scenario('GetPosition runs at DISPATCH_LEVEL, where it may not wait [WRT-POS-002]', (lab) => {
  let isPatient = false;
  const machine = bootPlain(lab, {
    position: () => {
      if (isPatient) machine.driver.wdk.KeDelayExecutionThread(-10);
      return STATUS_SUCCESS;
    },
  });
  machine.openBuffer();
  const { guard } = machine.lab.machine.portClass;
  const stream = guard.guard(IID_IMiniportWaveRTStream, machine.stream);
  const position = { playOffset: 0, writeOffset: 0 };
  machine.kernel.irql.raise(DISPATCH_LEVEL);
  expect(stream.getPosition(position)).toBe(STATUS_SUCCESS);
  expect(() => stream.setState(KSSTATE.ACQUIRE)).toThrow(/SetState may be called up to IRQL 0/);
  isPatient = true;
  expect(() => stream.getPosition(position)).toThrow(/ATTEMPTED_SWITCH_FROM_DPC/);
  machine.lab.isAbandoned = true;
});

scenario('an offset outside the buffer is reported, once [WRT-POS-003]', (lab) => {
  let playOffset = ANY_BYTES - 4;
  const machine = bootPlain(lab, {
    position: (position) => {
      Object.assign(position, { playOffset, writeOffset: 0 });
      return STATUS_SUCCESS;
    },
  });
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  pin.readPosition();
  expect(machine.lab.findings).toEqual([]);
  for (playOffset of [ANY_BYTES, ANY_BYTES + 4]) pin.readPosition();
  machine.lab.expectFinding(/GetPosition: 3840 and 0 in a buffer of 3840/);
  expect(machine.lab.findings).toHaveLength(1);
});

scenario('a stream that does not begin at 0 is reported [WRT-MPT-010]', (lab) => {
  const machine = bootPlain(lab, {
    position: (position) => {
      position.playOffset = 8;
      return STATUS_SUCCESS;
    },
  });
  const pin = machine.openPin();
  expect(pin.getState()).toBe(KSSTATE.STOP);
  pin.readPosition();
  machine.lab.expectFinding(/GetPosition: 8 and 0 in STOP, where it is 0/);
});

scenario('a position that is not 0 again in STOP is reported [WRT-STA-013 WRT-POS-008]', (lab) => {
  let playOffset = 0;
  const machine = bootPlain(lab, {
    position: (position) => {
      position.playOffset = playOffset;
      return STATUS_SUCCESS;
    },
  });
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  playOffset = 400;
  pin.readPosition();
  pin.setState(KSSTATE.STOP);
  expect(machine.lab.findings).toEqual([]);
  pin.readPosition();
  machine.lab.expectFinding(/GetPosition: 400 and 0 in STOP, where it is 0/);
});

scenario('a position that moves outside RUN is reported [WRT-POS-008]', (lab) => {
  for (const state of [KSSTATE.ACQUIRE, KSSTATE.PAUSE]) {
    let playOffset = 0;
    const machine = bootPlain(lab, {
      position: (position) => {
        position.playOffset = playOffset;
        return STATUS_SUCCESS;
      },
    });
    const { pin } = machine.openBuffer();
    pin.setState(KSSTATE.RUN);
    for (playOffset of [40, 80]) pin.readPosition();
    pin.setState(state);
    for (const _reading of [1, 2]) pin.readPosition();
    expect(machine.lab.findings).toEqual([]);
    playOffset = 84;
    pin.readPosition();
    machine.lab.expectFinding(/GetPosition: 80 and 0, then 84 and 0, in (ACQUIRE|PAUSE)/);
  }
});

scenario('POSITIONEX stamps the time before and after [WRT-POS-011]', (lab) => {
  const machine = bootPlain(lab, {
    position: (position) => {
      Object.assign(position, { playOffset: 96, writeOffset: 128 });
      machine.driver.wdk.KeStallExecutionProcessor(10);
      return STATUS_SUCCESS;
    },
  });
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  machine.lab.runFor(ms(3));
  const { POSITIONEX } = KSPROPERTY_AUDIO;
  pin.check('POSITIONEX', pin.get(KSPROPSETID_Audio, POSITIONEX, KSAUDIO_POSITIONEX.size));
  expect(KSAUDIO_POSITIONEX.read(pin.view, pin.valueAt)).toEqual({
    TimerFrequency: 10_000_000,
    TimeStamp1: 30_000,
    PlayOffset: 96,
    WriteOffset: 128,
    TimeStamp2: 30_100,
  });
});

scenario('RUN without a buffer never reaches the miniport [WRT-STA-016]', (lab) => {
  const machine = bootPlain(lab);
  const pin = machine.openPin();
  expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_INVALID_DEVICE_STATE);
  expect(machine.takeCalls()).not.toContain('SetState RUN');
  machine.lab.expectFinding(/a client asked for RUN before the cyclic buffer/);
});
