package dev.navarch.scheduler.devices;

import static dev.navarch.scheduler.TestDevices.claim;
import static dev.navarch.scheduler.TestDevices.deviceClass;
import static dev.navarch.scheduler.TestDevices.slice;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResultBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
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
import org.junit.jupiter.api.Test;

/** The allocator against one that tries everything. */
class AllocatorModelTest {
    private static final List<String> SIZES = List.of("s", "m", "l");
    private static final List<String> PLACES = List.of("x", "y");

    private record Thing(String name, String size, String place) {}

    /** @param size wanted; any if empty */
    private record Request(String name, String size, int count) {}

    private record Case(List<Thing> things, Set<String> used, List<Request> requests, String constraint) {
        static Case random(Random random) {
            List<Thing> things = new ArrayList<>();
            Set<String> used = new HashSet<>();
            for (int i = random.nextInt(7); i > 0; i--) {
                var thing = new Thing(
                        "d" + i, SIZES.get(random.nextInt(SIZES.size())), PLACES.get(random.nextInt(PLACES.size())));
                things.add(thing);
                if (random.nextInt(4) == 0) {
                    used.add(thing.name);
                }
            }
            List<Request> requests = new ArrayList<>();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                var size = random.nextBoolean() ? SIZES.get(random.nextInt(SIZES.size())) : "";
                requests.add(new Request("r" + i, size, 1 + random.nextInt(2)));
            }
            var constraint = switch (random.nextInt(3)) {
                case 0 -> "matchAttribute";
                case 1 -> "distinctAttribute";
                default -> "";
            };
            return new Case(things, used, requests, constraint);
        }

        ResourceClaim asClaim() {
            var wanted = requests.stream()
                    .map(r -> "{name: %s, exactly: {deviceClassName: any, allocationMode: ExactCount, count: %d%s}}"
                            .formatted(
                                    r.name,
                                    r.count,
                                    r.size.isEmpty()
                                            ? ""
                                            : ", selectors: [{cel: {expression: \"device.attributes['d.example.com']"
                                                    + ".size == '" + r.size + "'\"}}]"))
                    .collect(Collectors.joining(", ", "[", "]"));
            var constraints = constraint.isEmpty() ? "" : ", constraints: [{" + constraint + ": d.example.com/place}]";
            return claim("c", "{requests: " + wanted + constraints + "}");
        }

        DevicePools asPools() {
            var devices = things.stream()
                    .map(t -> "{name: %s, attributes: {size: {string: %s}, place: {string: %s}}}"
                            .formatted(t.name, t.size, t.place))
                    .collect(Collectors.joining(", ", "[", "]"));
            return new DevicePools(List.of(slice("s", "p", "nodeName: n", devices)));
        }

        /** One wish for each device that is asked for. */
        List<Request> wishes() {
            return requests.stream()
                    .flatMap(r -> IntStream.range(0, r.count).mapToObj(_ -> r))
                    .toList();
        }

        boolean possible(List<Thing> chosen) {
            var wishes = wishes();
            if (chosen.size() == wishes.size()) {
                return true;
            }
            return things.stream()
                    .filter(t -> may(wishes.get(chosen.size()), t, chosen))
                    .anyMatch(t -> {
                        var more = new ArrayList<>(chosen);
                        more.add(t);
                        return possible(more);
                    });
        }

        boolean may(Request request, Thing thing, List<Thing> chosen) {
            return !used.contains(thing.name)
                    && !chosen.contains(thing)
                    && (request.size.isEmpty() || request.size.equals(thing.size))
                    && (!constraint.equals("matchAttribute")
                            || chosen.stream().allMatch(c -> c.place.equals(thing.place)))
                    && (!constraint.equals("distinctAttribute")
                            || chosen.stream().noneMatch(c -> c.place.equals(thing.place)));
        }

        /** Whether a result is one that the model could have found. */
        boolean holds(AllocationResult result) {
            Map<String, Thing> byName = new HashMap<>();
            things.forEach(t -> byName.put(t.name, t));
            List<Thing> chosen = new ArrayList<>();
            for (var wish : wishes()) {
                var given = result.getDevices().getResults().get(chosen.size());
                var thing = byName.get(given.getDevice());
                if (!given.getRequest().equals(wish.name) || !may(wish, thing, chosen)) {
                    return false;
                }
                chosen.add(thing);
            }
            return chosen.size() == result.getDevices().getResults().size();
        }
    }

    private static AllocationResult held(String device) {
        return new AllocationResultBuilder()
                .withNewDevices()
                .addNewResult()
                .withRequest("r")
                .withDriver("d.example.com")
                .withPool("p")
                .withDevice(device)
                .endResult()
                .endDevices()
                .build();
    }

    @Test
    void itFindsDevicesWheneverThereAreSome() throws AllocationFailure {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var any = deviceClass("any", "{}");
        int found = 0;
        for (int i = 0; i < 400; i++) {
            var it = Case.random(random);
            var used = new DevicesInUse();
            it.used.forEach(name -> used.add(held(name)));
            var supply = new Allocator.Supply(
                    it.asPools(), used, _ -> Optional.of(any), new Allocator.Selectors(), () -> "");
            var outcome = new Allocator(supply, List.of(it.asClaim())).allocate("n", Map.of(), () -> false);
            var described = "seed " + seed + ", case " + i + ": " + it;
            assertThat(outcome instanceof Allocator.Allocated).as(described).isEqualTo(it.possible(List.of()));
            if (outcome instanceof Allocator.Allocated(var results)) {
                found++;
                assertThat(it.holds(results.getFirst())).as(described).isTrue();
            }
        }
        assertThat(found).as("cases with a solution, seed " + seed).isPositive();
    }
}
