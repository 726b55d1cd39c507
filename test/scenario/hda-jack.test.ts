/** The jacks of the HD Audio topology filter: how they are described, and who is told of a plug. */
import { describe, expect } from 'vitest';
import { KSCATEGORY_TOPOLOGY } from '../../src/standards/ks/guids.ts';
import {
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import {
  KSEVENT_PINCAPS,
  KSEVENTSETID_PinCapsChange,
  KSPROPERTY_JACK,
  KSPROPSETID_Jack,
} from '../../src/standards/ks/topology-controls.ts';
import {
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { describeBackends } from '../support/backends.ts';
import { enable } from '../support/filter-events.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { bootHda, MS } from '../support/hda-machine.ts';
import { answered, send } from '../support/ks-requests.ts';

const PIN = { BRIDGE: 0, SPEAKER: 1, LINE_IN: 2, CAPTURE_BRIDGE: 3 } as const;

function boot(lab: Lab) {
  const machine = bootHda(lab);
  return { machine, filter: machine.openFilter(KSCATEGORY_TOPOLOGY) };
}

const describeJack = (pin: number) => ({
  set: KSPROPSETID_Jack,
  id: KSPROPERTY_JACK.DESCRIPTION,
  flags: KSPROPERTY_TYPE_GET,
  words: [pin, 0],
});

describeBackends('a jack', 'hda', (backend) => {
  const { sensesJacks } = hdaFacts(backend);

  scenario('says whether it can tell that a plug is there, and bridge pins are no jacks', (lab) => {
    const filter = backend.boot(lab).openFilter(KSCATEGORY_TOPOLOGY);
    const description2 = { ...describeJack(PIN.LINE_IN), id: KSPROPERTY_JACK.DESCRIPTION2 };
    expect(send(filter, { ...description2, valueBytes: 16 })).toBe(STATUS_SUCCESS);
    expect(answered(filter, 4)).toEqual([16, 1, 0, sensesJacks ? 1 : 0]);
    for (const pin of [PIN.BRIDGE, PIN.CAPTURE_BRIDGE, 9]) {
      const status = send(filter, { ...describeJack(pin), valueBytes: 36 });
      expect(status).toBe(STATUS_INVALID_PARAMETER);
    }
    expect(send(filter, describeJack(PIN.SPEAKER))).toBe(STATUS_BUFFER_OVERFLOW);
    expect(filter.bytesReturned).toBe(36);
    expect(send(filter, { ...describeJack(PIN.SPEAKER), valueBytes: 35 })).toBe(
      STATUS_BUFFER_TOO_SMALL,
    );
    const support = { ...describeJack(PIN.SPEAKER), flags: KSPROPERTY_TYPE_BASICSUPPORT };
    expect(send(filter, { ...support, valueBytes: 4 })).toBe(STATUS_SUCCESS);
    expect(answered(filter, 1)).toEqual([0x201]);
    filter.close();
  });
});

describe('the jack', () => {
  const EIGHTH_INCH = 1;
  const REAR = 1;

  scenario('is described as the board wired it, with what is in it now', (lab) => {
    const { filter, machine } = boot(lab);
    const ask = (pin: number): number[] => {
      expect(send(filter, { ...describeJack(pin), valueBytes: 36 })).toBe(STATUS_SUCCESS);
      return answered(filter, 9);
    };
    const [green, blue] = [0x00_8000, 0x00_00ff];
    expect(ask(PIN.SPEAKER)).toEqual([36, 1, 3, green, EIGHTH_INCH, REAR, 0, 0, 1]);
    expect(ask(PIN.LINE_IN)).toEqual([36, 1, 0, blue, EIGHTH_INCH, REAR, 0, 0, 1]);
    machine.device.speaker.jackPresent = false;
    expect([ask(PIN.SPEAKER)[8], ask(PIN.LINE_IN)[8]]).toEqual([0, 1]);
    machine.device.lineIn.jackPresent = false;
    machine.device.speaker.jackPresent = true;
    expect([ask(PIN.SPEAKER)[8], ask(PIN.LINE_IN)[8]]).toEqual([1, 0]);
    machine.runFor(MS);
    filter.close();
  });

  scenario(
    'tells the clients of its own pin when a plug comes or goes [PCL-EVT-004 PCL-EVT-007 PCL-SG-005]',
    (lab) => {
      const { filter, machine } = boot(lab);
      const on = (pin: number) =>
        enable(filter, {
          set: KSEVENTSETID_PinCapsChange,
          id: KSEVENT_PINCAPS.JACKINFOCHANGE,
          flags: 0,
          words: [pin, 0],
        });
      const [speaker, lineIn] = [on(PIN.SPEAKER), on(PIN.LINE_IN)];
      const taken = (): boolean[] => {
        machine.runFor(MS);
        return [speaker.take(), lineIn.take()];
      };
      expect(taken()).toEqual([false, false]);
      machine.device.speaker.jackPresent = false;
      expect(taken()).toEqual([true, false]);
      machine.device.lineIn.jackPresent = false;
      expect(taken()).toEqual([false, true]);
      machine.device.speaker.jackPresent = true;
      machine.device.lineIn.jackPresent = true;
      expect(taken()).toEqual([true, true]);
      filter.close();
      machine.device.speaker.jackPresent = false;
      expect(taken()).toEqual([false, false]);
      speaker.close();
      lineIn.close();
    },
  );

  scenario('may change while the device is stopped for a rebalance', (lab) => {
    const { filter, machine } = boot(lab);
    const { kernel, node } = machine.machine;
    filter.close();
    const render = machine.openRender({ bufferMs: 100 });
    render.setState(KSSTATE.RUN);
    machine.runFor(20 * MS);
    machine.device.speaker.jackPresent = false;
    expect(kernel.pnp.queryStop(node)).toBe(STATUS_SUCCESS);
    kernel.pnp.stop(node);
    machine.runFor(5 * MS);
    render.close();
  });

  scenario('that changes as the machine goes down leaves nothing behind', (lab) => {
    const { filter, machine } = boot(lab);
    filter.close();
    machine.device.speaker.jackPresent = false;
  });
});
