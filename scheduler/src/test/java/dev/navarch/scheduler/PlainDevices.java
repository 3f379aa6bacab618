package dev.navarch.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Devices and claims in plain words, and which claims can have devices on which node: found by trying everything.
 *
 * @param used by claims, but not by administrators
 */
record PlainDevices(List<Thing> things, Set<String> used) {
    private static final int SLOTS = 4;
    private static final List<String> SIZES = List.of("s", "m", "l");

    /** The pools, and where their devices can be used. */
    private static final Map<String, String> POOLS = Map.of(
            "node0", "nodeName: node0",
            "node1", "nodeName: node1",
            "node2", "nodeName: node2",
            "everywhere", "allNodes: true",
            "zone",
                    "nodeSelector: {nodeSelectorTerms: [{matchExpressions: "
                            + "[{key: zone, operator: In, values: [zone0]}]}]}");

    /** Nodes 0 and 2 are in zone 0, node 1 in zone 1. */
    static String zone(String node) {
        return node.equals("node1") ? "zone1" : "zone0";
    }

    /**
     * A device.
     *
     * @param taint its effect; empty for none
     * @param slots of its pool's counter
     */
    record Thing(String name, String pool, String size, String place, String taint, int slots) {
        boolean reaches(String node) {
            return pool.equals(node)
                    || pool.equals("everywhere")
                    || pool.equals("zone") && zone(node).equals("zone0");
        }

        String asDevice() {
            return "{name: %s, attributes: {size: {string: %s}, place: {string: %s}}%s%s}"
                    .formatted(
                            name,
                            size,
                            place,
                            taint.isEmpty() ? "" : ", taints: [{key: broken, effect: " + taint + "}]",
                            slots == 0
                                    ? ""
                                    : ", consumesCounters: [{counterSet: card, counters: {slots: {value: %d}}}]"
                                            .formatted(slots));
        }
    }

    /** @param size wanted; any if empty */
    record Choice(String name, boolean big, String size, boolean all, int count, boolean admin, boolean tolerant) {
        boolean selects(Thing thing) {
            return (size.isEmpty() || size.equals(thing.size)) && !(big && thing.size.equals("s"));
        }

        String fields() {
            return "deviceClassName: %s, allocationMode: %s%s%s%s%s"
                    .formatted(
                            big ? "big" : "any",
                            all ? "All" : "ExactCount",
                            all ? "" : ", count: " + count,
                            size.isEmpty()
                                    ? ""
                                    : ", selectors: [{cel: {expression: \"device.attributes['d.example.com'].size == '"
                                            + size + "'\"}}]",
                            admin ? ", adminAccess: true" : "",
                            tolerant ? ", tolerations: [{key: broken, operator: Exists}]" : "");
        }
    }

    /** The first of the choices that is possible; one is an exact request. */
    record Request(String name, List<Choice> choices) {
        /** As results name it. */
        String nameOf(Choice choice) {
            return choices.size() == 1 ? name : name + "/" + choice.name;
        }

        String asRequest() {
            return choices.size() == 1
                    ? "{name: %s, exactly: {%s}}"
                            .formatted(name, choices.getFirst().fields())
                    : "{name: %s, firstAvailable: [%s]}"
                            .formatted(
                                    name,
                                    choices.stream()
                                            .map(choice -> "{name: %s, %s}".formatted(choice.name, choice.fields()))
                                            .collect(Collectors.joining(", ")));
        }
    }

    /** @param together whether its devices have to be in one place */
    record Claim(String name, List<Request> requests, boolean together) {
        String devices() {
            return "{requests: [%s]%s}"
                    .formatted(
                            requests.stream().map(Request::asRequest).collect(Collectors.joining(", ")),
                            together ? ", constraints: [{matchAttribute: d.example.com/place}]" : "");
        }
    }

    static PlainDevices random(Random random) {
        List<Thing> things = new ArrayList<>();
        Set<String> used = new HashSet<>();
        for (var pool : List.of("node0", "node1", "node2", "everywhere", "zone")) {
            for (int i = random.nextInt(pool.startsWith("node") ? 4 : 2); i > 0; i--) {
                var taint = random.nextInt(4) == 0
                        ? List.of("NoSchedule", "NoExecute", "None").get(random.nextInt(3))
                        : "";
                var thing = new Thing(
                        pool + "-" + i,
                        pool,
                        SIZES.get(random.nextInt(3)),
                        random.nextBoolean() ? "x" : "y",
                        taint,
                        random.nextInt(3));
                things.add(thing);
                if (random.nextInt(5) == 0) {
                    used.add(thing.name);
                }
            }
        }
        return new PlainDevices(things, used);
    }

    /** @param alternatives whether there may be requests with several choices */
    static Claim claim(String name, Random random, boolean alternatives) {
        boolean together = random.nextInt(3) == 0;
        var requests = IntStream.rangeClosed(1, 1 + random.nextInt(2))
                .mapToObj(i -> {
                    int choices = alternatives && random.nextInt(3) == 0 ? 2 : 1;
                    boolean admin = choices == 1 && random.nextInt(8) == 0;
                    return new Request(
                            "r" + i,
                            IntStream.rangeClosed(1, choices)
                                    .mapToObj(c -> choice("c" + c, random, admin, together))
                                    .toList());
                })
                .toList();
        return new Claim(name, requests, together);
    }

    private static Choice choice(String name, Random random, boolean admin, boolean together) {
        return new Choice(
                name,
                random.nextInt(4) == 0,
                random.nextBoolean() ? SIZES.get(random.nextInt(3)) : "",
                !together && random.nextInt(5) == 0,
                1 + random.nextInt(2),
                admin,
                random.nextInt(3) == 0);
    }

    /** As slices; a pool with counters says them in a slice of their own. */
    List<String> slices() {
        return POOLS.entrySet().stream()
                .flatMap(pool -> {
                    var head = "{driver: d.example.com, pool: {name: %s, generation: 1, resourceSliceCount: 2}, %s, "
                            .formatted(pool.getKey(), pool.getValue());
                    var devices = things.stream()
                            .filter(thing -> thing.pool.equals(pool.getKey()))
                            .map(Thing::asDevice)
                            .collect(Collectors.joining(", "));
                    return Stream.of(
                            head + "devices: [" + devices + "]}",
                            head + "sharedCounters: [{name: card, counters: {slots: {value: " + SLOTS + "}}}]}");
                })
                .toList();
    }

    /** A device that a claim gets by a request. */
    record Given(Claim claim, Request request, Choice choice, Thing thing) {}

    /** Whether all claims can have their devices on the node at the same time. */
    boolean possible(String node, List<Claim> claims) {
        var requests = claims.stream()
                .flatMap(claim -> claim.requests.stream().map(request -> Map.entry(claim, request)))
                .toList();
        return possible(node, requests, List.of());
    }

    private boolean possible(String node, List<Map.Entry<Claim, Request>> left, List<Given> given) {
        if (left.isEmpty()) {
            return true;
        }
        var claim = left.getFirst().getKey();
        var request = left.getFirst().getValue();
        return request.choices.stream()
                .anyMatch(choice -> sets(node, choice).stream().anyMatch(set -> {
                    var all = new ArrayList<>(given);
                    set.forEach(thing -> all.add(new Given(claim, request, choice, thing)));
                    return allowed(node, all) && possible(node, left.subList(1, left.size()), all);
                }));
    }

    /** What a choice could consist of, if nothing else were. */
    private List<List<Thing>> sets(String node, Choice choice) {
        var selected = things.stream()
                .filter(thing -> thing.reaches(node) && choice.selects(thing))
                .toList();
        if (choice.all) {
            return selected.isEmpty() ? List.of() : List.of(selected);
        }
        List<List<Thing>> sets = new ArrayList<>();
        for (int bits = 0; bits < 1 << selected.size(); bits++) {
            if (Integer.bitCount(bits) == choice.count) {
                int chosen = bits;
                sets.add(IntStream.range(0, selected.size())
                        .filter(i -> (chosen >> i & 1) == 1)
                        .mapToObj(selected::get)
                        .toList());
            }
        }
        return sets;
    }

    /** Whether these may be given at the same time, one after the other. */
    private boolean allowed(String node, List<Given> given) {
        Set<String> taken = new HashSet<>(used);
        Set<String> before = new HashSet<>(used);
        Map<Claim, Set<String>> ofClaims = new HashMap<>();
        Map<Claim, Set<String>> places = new HashMap<>();
        for (var each : given) {
            var thing = each.thing;
            boolean kept = List.of("NoSchedule", "NoExecute").contains(thing.taint) && !each.choice.tolerant;
            boolean twice =
                    !ofClaims.computeIfAbsent(each.claim, _ -> new HashSet<>()).add(thing.name);
            boolean others = !each.choice.admin && before.contains(thing.name);
            before.add(thing.name);
            if (!each.choice.admin) {
                taken.add(thing.name);
            }
            places.computeIfAbsent(each.claim, _ -> new HashSet<>()).add(thing.place);
            if (kept || twice || others || !thing.reaches(node) || !each.choice.selects(thing)) {
                return false;
            }
        }
        return places.entrySet().stream()
                        .allMatch(place ->
                                !place.getKey().together || place.getValue().size() == 1)
                && given.stream()
                        .filter(each -> !each.choice.admin)
                        .allMatch(each -> slots(each.thing.pool, taken) <= SLOTS || each.thing.slots == 0);
    }

    private int slots(String pool, Set<String> taken) {
        return things.stream()
                .filter(thing -> thing.pool.equals(pool) && taken.contains(thing.name))
                .mapToInt(Thing::slots)
                .sum();
    }

    /** What the claims were given, as results by claim: the request's name, and the device's. */
    boolean holds(String node, Map<Claim, List<Map.Entry<String, String>>> results) {
        List<Given> given = new ArrayList<>();
        for (var claim : results.entrySet()) {
            int explained = 0;
            for (var request : claim.getKey().requests) {
                var chosen = request.choices.stream()
                        .filter(choice -> claim.getValue().stream()
                                .anyMatch(result -> result.getKey().equals(request.nameOf(choice))))
                        .toList();
                if (chosen.size() != 1) {
                    return false;
                }
                var choice = chosen.getFirst();
                var devices = claim.getValue().stream()
                        .filter(result -> result.getKey().equals(request.nameOf(choice)))
                        .map(result -> thing(result.getValue()))
                        .flatMap(Optional::stream)
                        .toList();
                explained += devices.size();
                if (sets(node, choice).stream().noneMatch(set -> Set.copyOf(set).equals(Set.copyOf(devices)))) {
                    return false;
                }
                devices.forEach(thing -> given.add(new Given(claim.getKey(), request, choice, thing)));
            }
            if (explained != claim.getValue().size()) {
                return false;
            }
        }
        return allowed(node, given);
    }

    private Optional<Thing> thing(String name) {
        return things.stream().filter(thing -> thing.name.equals(name)).findFirst();
    }
}
