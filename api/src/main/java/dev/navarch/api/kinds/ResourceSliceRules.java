package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import dev.navarch.api.values.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * What devices a driver offers.
 *
 * <p>Source: kubernetes pkg/apis/resource/validation/validation.go (ValidateResourceSlice),
 * pkg/registry/resource/resourceslice/strategy.go.
 */
final class ResourceSliceRules {
    private static final int MOST_DEVICES = 128;
    private static final int MOST_SPECIAL_DEVICES = 64;
    private static final int MOST_SETS = 8;
    private static final int MOST_COUNTERS = 32;
    private static final int MOST_CONSUMPTIONS = 2;
    private static final int MOST_TAINTS = 16;
    private static final int MOST_QUALITIES = 32;
    private static final int MOST_OPTIONS = 10;
    private static final int LONGEST_VALUE = 64;
    private static final int LONGEST_IDENTIFIER = 32;
    private static final int LONGEST_SHOWN_KEY = 63 + 1 + 32;

    private ResourceSliceRules() {}

    static Map<String, KindRules> all() {
        return Map.of("resource.k8s.io/ResourceSlice", slice());
    }

    private static KindRules slice() {
        return Kind.clustered(Names::dns1123Subdomain)
                .counts("spec")
                .check((slice, problems) -> slice(slice.at("spec"), problems))
                .immutable("spec", "pool", "name")
                .immutable("spec", "driver")
                .immutable("spec", "nodeName")
                .selectable("spec.nodeName", "spec.driver")
                .build();
    }

    private static void slice(At spec, Problems problems) {
        CsiRules.driverName(spec.at("driver"), problems);
        At pool = spec.at("pool");
        DeviceRules.poolName(pool.at("name"), problems);
        At count = pool.at("resourceSliceCount");
        if (count.number() <= 0) {
            problems.invalid(count, count.number(), "must be greater than zero");
        }
        if (pool.at("generation").number() < 0) {
            problems.invalid(pool.at("generation"), "must be greater than or equal to zero");
        }
        place(spec, problems);
        At devices = spec.at("devices");
        At sets = spec.at("sharedCounters");
        if (sets.isSet() && devices.isSet()) {
            problems.invalid(spec, "", "only one of `sharedCounters` or `devices` is allowed");
        }
        boolean special = devices.items().stream()
                .anyMatch(device -> !device.at("taints").isEmpty()
                        || !device.at("consumesCounters").isEmpty());
        boolean placed = spec.at("perDeviceNodeSelection").isTrue();
        problems.set(
                devices,
                special ? MOST_SPECIAL_DEVICES : MOST_DEVICES,
                (device, found) -> device(device, placed, found),
                device -> device.at("name").text());
        problems.set(
                sets,
                MOST_SETS,
                (set, found) -> counters(set, "name", found),
                set -> set.at("name").text());
    }

    /** Where the devices are: on a node, on some, on all, or each says so itself. */
    private static void place(At spec, Problems problems) {
        List<String> set = new ArrayList<>();
        At node = spec.at("nodeName");
        if (node.isSet() && node.isEmpty()) {
            problems.invalid(node, "", "must be either unset or set to a non-empty string");
        } else if (node.isSet()) {
            set.add("`nodeName`");
            problems.grammar(node, Names::dns1123Subdomain);
        }
        At selector = spec.at("nodeSelector");
        if (selector.isSet()) {
            set.add("`nodeSelector`");
            SchedulingChecks.nodeSelector(selector, problems);
            if (selector.at("nodeSelectorTerms").size() != 1) {
                problems.invalid(selector.at("nodeSelectorTerms"), "must have exactly one node selector term");
            }
        }
        for (String field : List.of("allNodes", "perDeviceNodeSelection")) {
            if (spec.at(field).isTrue()) {
                set.add("`" + field + "`");
            } else if (spec.at(field).isSet()) {
                problems.invalid(spec.at(field), "must be either unset or set to true");
            }
        }
        String one = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
        if (set.isEmpty()) {
            problems.required(spec, one);
        } else if (set.size() > 1) {
            problems.invalid(spec, "{" + String.join(", ", set) + "}", one + ", but multiple fields are set");
        }
    }

    private static void device(At device, boolean placed, Problems problems) {
        problems.grammar(device.at("name"), Names::dns1123Label);
        At attributes = device.at("attributes");
        At capacity = device.at("capacity");
        int qualities = attributes.size() + capacity.size();
        if (qualities > MOST_QUALITIES) {
            problems.invalid(
                    device,
                    qualities,
                    "the total number of attributes and capacities must not exceed " + MOST_QUALITIES);
        }
        entries(attributes, ResourceSliceRules::attribute, problems);
        boolean shared = device.at("allowMultipleAllocations").isTrue();
        entries(capacity, (amount, found) -> capacity(amount, shared, found), problems);
        problems.items(device.at("taints"), MOST_TAINTS, ResourceSliceRules::taint);
        problems.set(
                device.at("consumesCounters"),
                MOST_CONSUMPTIONS,
                (consumption, found) -> counters(consumption, "counterSet", found),
                consumption -> consumption.at("counterSet").text());
        devicePlace(device, placed, problems);
        DeviceRules.binding(device, problems);
    }

    private static void entries(At map, BiConsumer<At, Problems> check, Problems problems) {
        for (Map.Entry<String, At> entry : map.entries()) {
            At at = map.key(shown(entry.getKey())).with(entry.getValue().node());
            qualified(entry.getKey(), at, problems);
            check.accept(at, problems);
        }
    }

    /** A key that is too long is shown without its middle. */
    private static String shown(String key) {
        if (key.length() <= LONGEST_SHOWN_KEY) {
            return key;
        }
        int rest = LONGEST_SHOWN_KEY - 3;
        return key.substring(0, (rest + 1) / 2) + "..." + key.substring(key.length() - rest / 2);
    }

    /** An identifier, which may have a domain. */
    static void qualified(String name, At at, Problems problems) {
        String[] parts = name.split("/", -1);
        if (parts.length == 1) {
            identifier(parts[0], at, problems);
        } else if (parts.length == 2) {
            if (parts[0].isEmpty()) {
                problems.invalid(at, "", "the domain must not be empty");
            } else {
                domain(parts[0], at, problems);
            }
            if (parts[1].isEmpty()) {
                problems.invalid(at, "", "the name must not be empty");
            } else {
                identifier(parts[1], at, problems);
            }
        }
    }

    private static void domain(String domain, At at, Problems problems) {
        if (Names.utf8Length(domain) > 63) {
            problems.tooLong(at, 63);
        }
        Names.dns1123Subdomain(domain.toLowerCase(Locale.ROOT))
                .forEach(complaint -> problems.invalid(at, domain, complaint));
    }

    private static void identifier(String identifier, At at, Problems problems) {
        if (Names.utf8Length(identifier) > LONGEST_IDENTIFIER) {
            problems.tooLong(at, LONGEST_IDENTIFIER);
        }
        Names.cIdentifier(identifier).forEach(complaint -> problems.invalid(at, identifier, complaint));
    }

    private static void attribute(At attribute, Problems problems) {
        problems.notLonger(attribute.at("string"), LONGEST_VALUE);
        At version = attribute.at("version");
        if (version.isSet()) {
            if (!SemanticVersion.isValid(version.text())) {
                problems.invalid(version, version.text(), "must be a string compatible with semver.org spec 2.0.0");
            }
            problems.notLonger(version, LONGEST_VALUE);
        }
        long values = attribute.node().propertyNames().stream()
                .filter(field -> attribute.at(field).isSet())
                .count();
        if (values != 1) {
            problems.invalid(attribute, values == 0 ? "" : attribute.value(), "exactly one value must be specified");
        }
    }

    private static void capacity(At capacity, boolean shared, Problems problems) {
        At policy = capacity.at("requestPolicy");
        if (!policy.isSet()) {
            return;
        }
        if (!shared) {
            problems.forbidden(policy, "allowMultipleAllocations must be true");
            return;
        }
        At values = policy.at("validValues");
        At range = policy.at("validRange");
        Quantity most = ResourceChecks.quantity(capacity.at("value")).orElse(Quantity.ZERO);
        Optional<Quantity> usual = ResourceChecks.quantity(policy.at("default"));
        if (!values.isEmpty() && range.isSet()) {
            problems.forbidden(
                    policy,
                    "exactly one policy can be specified, cannot specify \"validValues\" and \"validRange\" at the same"
                            + " time");
        } else if (!values.isEmpty()) {
            if (usual.isEmpty()) {
                problems.required(policy.at("default"), "required when validValues is defined");
            } else {
                values(values, usual.get(), most, problems);
            }
        } else if (range.isSet()) {
            if (usual.isEmpty()) {
                problems.required(policy.at("default"), "required when validRange is defined");
            } else {
                range(range, usual.get(), most, problems);
            }
        }
    }

    private static void values(At values, Quantity usual, Quantity most, Problems problems) {
        List<At> items = values.items();
        boolean found = false;
        for (int i = 0; i < items.size(); i++) {
            Optional<Quantity> value = ResourceChecks.quantity(items.get(i));
            Optional<Quantity> before = i == 0 ? Optional.empty() : ResourceChecks.quantity(items.get(i - 1));
            if (value.isPresent() && before.isPresent() && before.get().compareTo(value.get()) > 0) {
                problems.invalid(items.get(i), value.get().toString(), "values must be sorted in ascending order");
            }
            found |= value.filter(usual::equals).isPresent();
        }
        problems.set(
                values,
                MOST_OPTIONS,
                (value, complaints) -> ResourceChecks.quantity(value)
                        .filter(quantity -> quantity.compareTo(most) > 0)
                        .ifPresent(quantity -> complaints.invalid(
                                value, quantity.toString(), "option is larger than capacity value: " + most)),
                At::text);
        if (!found) {
            problems.invalid(values, usual.toString(), "default value is not valid according to the requestPolicy");
        }
    }

    private static void range(At range, Quantity usual, Quantity most, Problems problems) {
        Optional<Quantity> given = ResourceChecks.quantity(range.at("min"));
        if (given.isEmpty()) {
            problems.required(range.at("min"), "required when validRange is defined");
            return;
        }
        Quantity least = given.get();
        if (least.compareTo(most) > 0) {
            problems.invalid(range.at("min"), least.toString(), "min is larger than capacity value: " + most);
        }
        if (usual.compareTo(least) < 0) {
            problems.invalid(range.at("min"), usual.toString(), "default is less than min: " + least);
        }
        Optional<Quantity> upper = ResourceChecks.quantity(range.at("max"));
        upper.ifPresent(max -> {
            if (least.compareTo(max) > 0) {
                problems.invalid(range.at("max"), least.toString(), "min is larger than max: " + max);
            }
            if (max.compareTo(most) > 0) {
                problems.invalid(range.at("max"), max.toString(), "max is larger than capacity value: " + most);
            }
            if (usual.compareTo(max) > 0) {
                problems.invalid(range.at("max"), usual.toString(), "default is more than max: " + max);
            }
        });
        ResourceChecks.quantity(range.at("step")).ifPresent(step -> {
            Quantity first = least.plus(step);
            if (first.compareTo(most) > 0) {
                problems.invalid(
                        range.at("step"),
                        step.toString(),
                        "one step " + first + " is larger than capacity value: " + most);
            }
            multiple(range.at("step"), usual, least, step, problems);
            upper.ifPresent(max -> multiple(range.at("step"), max, least, step, problems));
        });
    }

    private static void multiple(At at, Quantity value, Quantity least, Quantity step, Problems problems) {
        if (step.value() == 0 || (value.value() - least.value()) % step.value() != 0) {
            problems.invalid(
                    at,
                    value.toString(),
                    "value is not a multiple of a given step (" + step + ") from (" + least + ")");
        }
    }

    private static void taint(At taint, Problems problems) {
        problems.grammar(taint.at("key"), Names::qualifiedName);
        problems.grammarIfSet(taint.at("value"), Names::labelValue);
        problems.oneOf(taint.at("effect"), DeviceRules.EFFECTS);
    }

    private static void counters(At set, String name, Problems problems) {
        problems.requiredGrammar(set.at(name), Names::dns1123Label);
        At counters = set.at("counters");
        if (counters.isEmpty()) {
            problems.required(counters, "");
        } else if (counters.size() > MOST_COUNTERS) {
            problems.tooMany(counters, MOST_COUNTERS);
        } else {
            for (Map.Entry<String, At> counter : counters.entries()) {
                Names.dns1123Label(counter.getKey())
                        .forEach(complaint -> problems.invalid(counter.getValue(), counter.getKey(), complaint));
            }
        }
    }

    private static void devicePlace(At device, boolean placed, Problems problems) {
        At node = device.at("nodeName");
        At selector = device.at("nodeSelector");
        At all = device.at("allNodes");
        if (!placed) {
            if (node.isSet() || selector.isSet() || all.isSet()) {
                problems.invalid(
                        device,
                        null,
                        "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set"
                                + " to true in the ResourceSlice spec");
            }
            return;
        }
        List<String> names = new ArrayList<>();
        if (node.isSet() && node.isEmpty()) {
            problems.invalid(node, "", "must not be empty");
        } else if (node.isSet()) {
            names.add("`nodeName`");
            problems.grammar(node, Names::dns1123Subdomain);
        }
        if (selector.isSet()) {
            names.add("`nodeSelector`");
            SchedulingChecks.nodeSelector(selector, problems);
        }
        if (all.isTrue()) {
            names.add("`allNodes`");
        } else if (all.isSet()) {
            problems.invalid(all, "must be either unset or set to true");
        }
        String one = "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when"
                + " `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
        if (names.isEmpty()) {
            problems.required(device, one);
        } else if (names.size() > 1) {
            problems.invalid(device, "{" + String.join(", ", names) + "}", one);
        }
    }
}
