/**
 * A property that is named and that a pin cannot answer, because nothing describes it or because
 * its stream lacks the interface behind it: STATUS_NOT_SUPPORTED, to the support query as well.
 */
import type { PropertyItem } from '../../ks/property-table.ts';
import { KSPROPERTY } from '../../standards/ks/requests.ts';
import { STATUS_NOT_SUPPORTED } from '../../standards/nt/ntstatus.ts';

/** `verbs` are the ones that the property's page names; others stay refused. */
export function unsupportedProperty(id: number, verbs: number): PropertyItem {
  return {
    id,
    unsupported: verbs,
    basicSupport: () => STATUS_NOT_SUPPORTED,
    request: KSPROPERTY,
    value: 0,
  };
}
