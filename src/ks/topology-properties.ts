/** KSPROPSETID_Topology: what a filter tells of its inside. Source: the KSPROPERTY_TOPOLOGY_* pages. */
import type { FilterDescription, TopologyConnection } from '../standards/ks/descriptors.ts';
import { KSPROPSETID_Topology } from '../standards/ks/guids.ts';
import { mediaCategoryName } from '../standards/ks/names.ts';
import {
  KSNODEPROPERTY,
  KSPROPERTY,
  KSPROPERTY_TOPOLOGY,
  KSTOPOLOGY_CONNECTION,
} from '../standards/ks/requests.ts';
import {
  STATUS_INVALID_PARAMETER,
  STATUS_OBJECT_NAME_NOT_FOUND,
} from '../standards/nt/ntstatus.ts';
import { answerGuids, answerList, answerText } from './list-answer.ts';
import type { PropertyItem, PropertySet } from './property-table.ts';

export function topologyPropertySet(description: FilterDescription): PropertySet {
  const { categories, connections, nodes } = description;
  return {
    set: KSPROPSETID_Topology,
    items: [
      {
        id: KSPROPERTY_TOPOLOGY.CATEGORIES,
        get: (request) => answerGuids(request, categories),
        request: KSPROPERTY,
        value: 0,
      },
      {
        id: KSPROPERTY_TOPOLOGY.NODES,
        get: (request) =>
          answerGuids(
            request,
            nodes.map((node) => node.type),
          ),
        request: KSPROPERTY,
        value: 0,
      },
      {
        id: KSPROPERTY_TOPOLOGY.CONNECTIONS,
        get: (request) =>
          answerList(
            request,
            connections.length,
            () => KSTOPOLOGY_CONNECTION.size,
            (index, at) => {
              const connection = connections[index] as TopologyConnection;
              KSTOPOLOGY_CONNECTION.write(request.view, at, {
                FromNode: connection.fromNode,
                FromNodePin: connection.fromNodePin,
                ToNode: connection.toNode,
                ToNodePin: connection.toNodePin,
              });
            },
          ),
        request: KSPROPERTY,
        value: 0,
      },
      nodeName(description),
    ],
  };
}

/** The part of the set that a node answers, when a request names it by the topology bit. */
export function nodeNameSet(description: FilterDescription): PropertySet {
  return { set: KSPROPSETID_Topology, items: [nodeName(description)] };
}

function nodeName({ nodes }: FilterDescription): PropertyItem {
  return {
    id: KSPROPERTY_TOPOLOGY.NAME,
    get: (request) => {
      const at = request.requestAt + KSNODEPROPERTY.offsets.NodeId;
      const node = nodes[request.view.getUint32(at, true)];
      if (node === undefined) return STATUS_INVALID_PARAMETER;
      const text = mediaCategoryName(node.name ?? node.type);
      return text === null ? STATUS_OBJECT_NAME_NOT_FOUND : answerText(request, text);
    },
    request: KSNODEPROPERTY,
    value: 0,
  };
}
