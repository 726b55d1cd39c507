/**
 * Whether an endpoint is plugged in, as KSPROPERTY_JACK_DESCRIPTION of its bridge pin tells it. An
 * endpoint whose pin does not serve the property has no presence detection, and Windows takes it
 * for active. Source: "KSPROPERTY_JACK_DESCRIPTION".
 */
import { enumerateFilters } from '../../client/endpoints.ts';
import { KsFilter } from '../../client/ks-filter.ts';
import { KSMULTIPLE_ITEM, KSP_PIN } from '../../standards/ks/requests.ts';
import {
  KSJACK_DESCRIPTION,
  KSPROPERTY_JACK,
  KSPROPSETID_Jack,
} from '../../standards/ks/topology-controls.ts';
import { ntSuccess } from '../../standards/nt/ntstatus.ts';
import type { Bench } from '../bench.ts';
import { type ConformanceCase, ONE_STREAM, WAVE_TEST } from '../conformance-case.ts';
import { judge, type Outcome, pass } from '../verdict.ts';

/** Room for the jacks of one pin; few have more than one. */
const MOST_JACKS = 8;

function pluggedIn(bench: Bench): Outcome {
  const { bridgePin } = bench.subject.endpoint;
  const filters = enumerateFilters(bench.home, bench.machine.kernel.interfaces);
  const answers: boolean[] = [];
  for (const { pins, symbolicLink } of filters) {
    const pin = pins.find(({ id, category }) => {
      return id === bridgePin.id && category === bridgePin.category;
    });
    if (pin === undefined) continue;
    const filter = KsFilter.open(bench.home, symbolicLink);
    answers.push(...jacksConnected(filter, pin.id));
    filter.close();
  }
  if (answers.length === 0) return pass('no presence detection');
  const count = answers.filter((isConnected) => isConnected).length;
  const measured = `${count} of ${answers.length} jacks connected`;
  return judge(count === answers.length, measured, 'the endpoint is not plugged in');
}

/** For each jack of the pin, whether a plug is in it; empty when the pin does not tell. */
function jacksConnected(filter: KsFilter, pinId: number): boolean[] {
  const { view, requestAt } = filter;
  view.setUint32(requestAt + KSP_PIN.offsets.PinId, pinId, true);
  view.setUint32(requestAt + KSP_PIN.offsets.Reserved, 0, true);
  const room = KSMULTIPLE_ITEM.size + MOST_JACKS * KSJACK_DESCRIPTION.size;
  const status = filter.get(KSPROPSETID_Jack, KSPROPERTY_JACK.DESCRIPTION, room, KSP_PIN.size);
  if (!ntSuccess(status)) return [];
  const { Count } = KSMULTIPLE_ITEM.read(view, filter.valueAt);
  return Array.from({ length: Math.min(Count, MOST_JACKS) }, (_, index) => {
    const at = filter.valueAt + KSMULTIPLE_ITEM.size + index * KSJACK_DESCRIPTION.size;
    return KSJACK_DESCRIPTION.read(view, at).IsConnected !== 0;
  });
}

export const jackCases: readonly ConformanceCase[] = [
  {
    on: ONE_STREAM,
    id: 'C-WAV-09',
    title: 'endpoint plugged in',
    checks: 'KSPROPERTY_JACK_DESCRIPTION of the bridge pin',
    limit: 'every jack is connected',
    source: `${WAVE_TEST}, VerifyAllEndpointsPluggedIn`,
    run: pluggedIn,
  },
];
