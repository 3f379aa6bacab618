package dev.navarch.network;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The part of a ruleset that belongs to one owner.
 *
 * @param chains rules by chain
 * @param elements of maps, with their verdicts, and of sets, with ""
 * @param affinitySets their timeouts in seconds, by name
 * @param flows UDP conversations that the rules carry
 */
record Fragment(
        SortedMap<String, List<String>> chains,
        SortedMap<Element, String> elements,
        SortedMap<String, Integer> affinitySets,
        Set<UdpFlow> flows) {
    static final Fragment EMPTY = new Fragment(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), Set.of());

    /** One entry of a map or set. */
    record Element(String map, String key) implements Comparable<Element> {
        @Override
        public int compareTo(Element o) {
            int byMap = map.compareTo(o.map);
            return byMap != 0 ? byMap : key.compareTo(o.key);
        }
    }

    /**
     * UDP to one address is led to one endpoint. The kernel remembers a conversation as long as it goes on, so a change of
     * rules alone doesn't move it.
     *
     * @param address the service's, "" for a node port
     * @param endpoint its address, "" where there is none: packets pass untranslated and are refused or dropped
     */
    record UdpFlow(String address, int port, String endpoint) {}

    Fragment {
        chains = Collections.unmodifiableSortedMap(new TreeMap<>(chains));
        elements = Collections.unmodifiableSortedMap(new TreeMap<>(elements));
        affinitySets = Collections.unmodifiableSortedMap(new TreeMap<>(affinitySets));
        flows = Set.copyOf(flows);
    }

    static Fragment join(List<Fragment> parts) {
        var chains = new TreeMap<String, List<String>>();
        var elements = new TreeMap<Element, String>();
        var sets = new TreeMap<String, Integer>();
        var flows = new java.util.HashSet<UdpFlow>();
        for (var part : parts) {
            chains.putAll(part.chains);
            elements.putAll(part.elements);
            sets.putAll(part.affinitySets);
            flows.addAll(part.flows);
        }
        return new Fragment(chains, elements, sets, flows);
    }
}
