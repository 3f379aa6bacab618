package dev.navarch.apiserver.policy;

import dev.navarch.api.values.SelectorException;
import dev.navarch.apiserver.following.Followed;
import dev.navarch.apiserver.match.MatchCriteria;
import dev.navarch.apiserver.match.ResourceIndex;
import dev.navarch.apiserver.policy.Policy.ParamKind;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The policies that are stored and bound, by name. A policy is compiled once, when its spec is first seen (source:
 * .../policy/generic/policy_source.go).
 */
final class PolicySource implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PolicySource.class);
    private static final String PREFIX = "/registry/admissionregistration.k8s.io/";

    private final JsonMapper json = JsonMapper.shared();
    private final Compiled<ValidatingRules> validating = new Compiled<>(
            "validatingadmissionpolicies/", "validatingadmissionpolicybindings/", ValidatingRules::compile);
    private final Compiled<MutatingRules> mutating =
            new Compiled<>("mutatingadmissionpolicies/", "mutatingadmissionpolicybindings/", MutatingRules::compile);
    private final Followed<Policies> policies;

    record Policies(ResourceIndex<Policy<ValidatingRules>> validating, ResourceIndex<Policy<MutatingRules>> mutating) {}

    PolicySource(Store store) {
        policies = new Followed<>(
                store, PREFIX, entries -> new Policies(validating.read(entries), mutating.read(entries)));
    }

    Policies current() {
        return policies.current();
    }

    /** The policies of one kind; what was compiled before is used again. For one thread at a time. */
    private final class Compiled<R> {
        private final String policyPrefix;
        private final String bindingPrefix;
        private final Function<JsonNode, R> compiler;
        private Map<String, Known<R>> known = Map.of();

        private record Known<R>(JsonNode spec, MatchCriteria match, R rules) {}

        Compiled(String policies, String bindings, Function<JsonNode, R> compiler) {
            policyPrefix = PREFIX + policies;
            bindingPrefix = PREFIX + bindings;
            this.compiler = compiler;
        }

        ResourceIndex<Policy<R>> read(List<Entry> entries) {
            Map<String, List<PolicyBinding>> bindings = new HashMap<>();
            for (var entry : entries) {
                if (entry.key().startsWith(bindingPrefix)) {
                    read(entry, PolicyBinding::of)
                            .ifPresent(b -> bindings.computeIfAbsent(b.policy(), _ -> new ArrayList<>())
                                    .add(b));
                }
            }
            List<Policy<R>> bound = new ArrayList<>();
            Map<String, Known<R>> now = new HashMap<>();
            for (var entry : entries) {
                if (!entry.key().startsWith(policyPrefix)) {
                    continue;
                }
                var name = entry.key().substring(policyPrefix.length());
                var boundTo = bindings.get(name);
                if (boundTo != null) {
                    read(entry, policy -> policy(name, Tree.at(policy, "spec"), boundTo, now))
                            .ifPresent(bound::add);
                }
            }
            known = now;
            return ResourceIndex.of(bound, Policy::match);
        }

        private Policy<R> policy(String name, JsonNode spec, List<PolicyBinding> bindings, Map<String, Known<R>> now) {
            var before = known.get(name);
            var compiled = before != null && before.spec.equals(spec)
                    ? before
                    : new Known<>(
                            spec, MatchCriteria.ofResources(Tree.at(spec, "matchConstraints")), compiler.apply(spec));
            now.put(name, compiled);
            var paramKind = Tree.at(spec, "paramKind");
            return new Policy<>(
                    name,
                    Tree.text(spec, "failurePolicy").equals("Ignore"),
                    compiled.match,
                    paramKind.isObject()
                            ? Optional.of(
                                    new ParamKind(Tree.text(paramKind, "apiVersion"), Tree.text(paramKind, "kind")))
                            : Optional.empty(),
                    compiled.rules,
                    List.copyOf(bindings));
        }

        private <T> Optional<T> read(Entry entry, Function<JsonNode, T> reader) {
            try {
                return Optional.of(reader.apply(json.readTree(entry.value())));
            } catch (JacksonException | SelectorException e) {
                log.error("A stored admission policy or binding cannot be read: {}", entry.key(), e);
                return Optional.empty();
            }
        }
    }

    @Override
    public void close() {
        policies.close();
    }
}
