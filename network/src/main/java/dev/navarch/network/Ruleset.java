package dev.navarch.network;

import dev.navarch.network.Fragment.Element;
import dev.navarch.network.Fragment.UdpFlow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What the node's table holds, by owner, and how to get from there to what it should hold. No IO, no threads: for one
 * caller at a time.
 *
 * <p>If two owners claim the same entry of a map (services with the same external address, say), the one first by the
 * alphabet has it, and the other takes over when it goes.
 */
final class Ruleset {
    private final ProxyConfig config;
    private final boolean bridged;
    private final Map<String, Fragment> fragments = new HashMap<>();
    private final Map<Element, TreeMap<String, String>> claims = new HashMap<>();

    /**
     * Chains that are empty and unused, to be deleted: not at once, since before Linux 6.2 a chain stays in use for a moment
     * after the map entry that led to it was deleted.
     */
    private final Set<String> stale = new TreeSet<>();

    /**
     * A step to take.
     *
     * @param script for {@code nft -f}, one transaction; "" if nothing changes
     * @param ended UDP conversations that must be forgotten once the script is in force
     */
    record Change(String script, Set<UdpFlow> ended) {
        boolean isEmpty() {
            return script.isEmpty() && ended.isEmpty();
        }
    }

    /** @param bridged see {@link BaseRules#of} */
    Ruleset(ProxyConfig config, boolean bridged) {
        this.config = config;
        this.bridged = bridged;
    }

    /** How many owners have rules. */
    int owners() {
        return fragments.size();
    }

    /** Sets what each owner in {@code wanted} has; an empty fragment takes it out. */
    Change update(Map<String, Fragment> wanted) {
        var touched = new TreeMap<Element, String>();
        var ended = new HashSet<UdpFlow>();
        var newSets = new TreeMap<String, Integer>();
        var oldSets = new TreeSet<String>();
        var newChains = new TreeMap<String, List<String>>();
        var oldChains = new TreeSet<String>();
        wanted.forEach((owner, now) -> {
            var before = fragments.getOrDefault(owner, Fragment.EMPTY);
            changedElements(before, now).forEach(e -> touched.computeIfAbsent(e, this::inForce));
            claim(owner, before, now);
            now.affinitySets().forEach((name, seconds) -> {
                var had = before.affinitySets().get(name);
                if (!seconds.equals(had)) {
                    newSets.put(name, seconds);
                    if (had != null) {
                        oldSets.add(name);
                    }
                }
            });
            oldSets.addAll(
                    minus(before.affinitySets().keySet(), now.affinitySets().keySet()));
            now.chains().forEach((name, rules) -> {
                if (!rules.equals(before.chains().get(name)) || usesAny(rules, newSets.keySet())) {
                    newChains.put(name, rules);
                }
            });
            oldChains.addAll(minus(before.chains().keySet(), now.chains().keySet()));
            ended.addAll(minus(before.flows(), now.flows()));
            if (now.equals(Fragment.EMPTY)) {
                fragments.remove(owner);
            } else {
                fragments.put(owner, now);
            }
        });
        stale.addAll(oldChains);
        stale.removeAll(newChains.keySet());
        return new Change(script(touched, newSets, oldSets, newChains, oldChains), Set.copyOf(ended));
    }

    private String script(
            SortedMap<Element, String> touched,
            SortedMap<String, Integer> newSets,
            Set<String> oldSets,
            SortedMap<String, List<String>> newChains,
            Set<String> oldChains) {
        var out = new Script(config.table());
        newChains.keySet().forEach(out::addChain);
        newChains.keySet().forEach(out::flushChain);
        oldChains.forEach(out::flushChain);
        oldSets.forEach(out::deleteSet);
        newSets.forEach(out::addAffinitySet);
        newChains.forEach(out::addRules);
        var deleted = new ArrayList<Element>();
        var added = new LinkedHashMap<Element, String>();
        touched.forEach((element, before) -> {
            var now = inForce(element);
            if (!now.equals(before)) {
                if (!before.equals(ABSENT)) {
                    deleted.add(element);
                }
                if (!now.equals(ABSENT)) {
                    added.put(element, now);
                }
            }
        });
        out.deleteElements(deleted);
        out.addElements(added);
        return out.toString();
    }

    private static final String ABSENT = "(absent)";

    private String inForce(Element element) {
        var all = claims.get(element);
        return all == null ? ABSENT : all.firstEntry().getValue();
    }

    private static Set<Element> changedElements(Fragment before, Fragment now) {
        var changed = new HashSet<Element>();
        before.elements().forEach((e, v) -> {
            if (!v.equals(now.elements().get(e))) {
                changed.add(e);
            }
        });
        now.elements().forEach((e, v) -> {
            if (!v.equals(before.elements().get(e))) {
                changed.add(e);
            }
        });
        return changed;
    }

    private void claim(String owner, Fragment before, Fragment now) {
        minus(before.elements().keySet(), now.elements().keySet())
                .forEach(e -> claims.computeIfPresent(e, (_, all) -> {
                    all.remove(owner);
                    return all.isEmpty() ? null : all;
                }));
        now.elements()
                .forEach((e, v) ->
                        claims.computeIfAbsent(e, _ -> new TreeMap<>()).put(owner, v));
    }

    private static boolean usesAny(List<String> rules, Set<String> sets) {
        return sets.stream().anyMatch(s -> rules.stream().anyMatch(r -> r.contains("@" + s + " ")));
    }

    private static <T> Set<T> minus(Set<T> all, Set<T> without) {
        var rest = new LinkedHashSet<>(all);
        rest.removeAll(without);
        return rest;
    }

    /** The whole table anew, in one transaction: whatever is there under its name is replaced, and nothing is between. */
    String complete() {
        stale.clear();
        var out = new Script(config.table());
        out.add(BaseRules.of(config, bridged));
        var all = Fragment.join(fragments.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .toList());
        all.affinitySets().forEach(out::addAffinitySet);
        all.chains().keySet().forEach(out::addChain);
        all.chains().forEach(out::addRules);
        out.addElements(claims.keySet().stream()
                .sorted()
                .collect(Collectors.toMap(e -> e, this::inForce, (a, b) -> a, LinkedHashMap::new)));
        return out.toString();
    }

    /** Chains that can be deleted by now; "" if there are none. They are forgotten when {@link #swept} is called. */
    String sweeping() {
        var out = new Script(config.table());
        stale.forEach(out::deleteChain);
        return out.toString();
    }

    /** The script of {@link #sweeping} is in force. */
    void swept() {
        stale.clear();
    }
}
