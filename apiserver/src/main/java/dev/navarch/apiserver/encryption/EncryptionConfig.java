package dev.navarch.apiserver.encryption;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import dev.navarch.api.values.GoDuration;
import dev.navarch.apiserver.config.ConfigTree;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an EncryptionConfiguration of {@code apiserver.config.k8s.io/v1} says (sources: k8s.io/apiserver
 * pkg/apis/apiserver/v1/types_encryption.go and pkg/apis/apiserver/validation/validation_encryption.go).
 */
record EncryptionConfig(List<Rule> rules) {
    private static final String VERSION = "apiserver.config.k8s.io/v1";
    private static final Duration KMS_TIMEOUT = Duration.ofSeconds(3);
    private static final List<Integer> AES_KEYS = List.of(16, 24, 32);
    private static final List<Integer> SECRET_BOX_KEYS = List.of(32);
    private static final Set<String> NOT_REST =
            Set.of("apiserveripinfo", "serviceipallocations", "servicenodeportallocations");

    /** What is done with values of some resources; the first provider seals. */
    record Rule(List<Resource> resources, List<Provider> providers) {}

    /** As in {@code deployments.apps}; either part may be a star. */
    record Resource(String name, String group) {
        static final Resource ALL = new Resource("*", "*");

        static Resource parse(String text) {
            int dot = text.indexOf('.');
            return dot < 0 ? new Resource(text, "") : new Resource(text.substring(0, dot), text.substring(dot + 1));
        }

        @Override
        public String toString() {
            return group.isEmpty() ? name.equals("*") ? "*." : name : name + "." + group;
        }
    }

    sealed interface Provider {
        record Plain() implements Provider {}

        record Gcm(List<Key> keys) implements Provider {}

        record Cbc(List<Key> keys) implements Provider {}

        record Box(List<Key> keys) implements Provider {}

        record Kms(String name, String endpoint, Duration timeout) implements Provider {}
    }

    /** Its secret is in no text. */
    @SuppressWarnings("ArrayRecordComponent") // not compared
    record Key(String name, byte[] secret) {
        @Override
        public String toString() {
            return "Name: " + name + ", Secret: [REDACTED]";
        }
    }

    /**
     * @param text YAML or JSON
     * @throws IllegalArgumentException that names the field and never shows a secret
     */
    static EncryptionConfig parse(String text) {
        return new Parsing().config(ConfigTree.parse(text, VERSION, "EncryptionConfiguration"));
    }

    private static final class Parsing {
        private final List<FieldError> errors = new ArrayList<>();
        private final Set<String> plugins = new HashSet<>();

        EncryptionConfig config(ConfigTree root) {
            root.only("apiVersion", "kind", "resources");
            List<Rule> rules = new ArrayList<>();
            var path = FieldPath.of("resources");
            for (var rule : root.children("resources")) {
                rules.add(rule(rule, path.index(rules.size())));
            }
            if (rules.isEmpty()) {
                errors.add(FieldError.required("resources", "at least one resources is required"));
            }
            if (!errors.isEmpty()) {
                throw new IllegalArgumentException(
                        errors.size() == 1
                                ? errors.getFirst().message()
                                : errors.stream().map(FieldError::message).collect(Collectors.joining(", ", "[", "]")));
            }
            refuseMasked(rules);
            return new EncryptionConfig(rules);
        }

        private Rule rule(ConfigTree rule, FieldPath path) {
            rule.only("resources", "providers");
            var names = rule.texts("resources");
            var at = path.child("resources");
            if (names.isEmpty()) {
                errors.add(FieldError.required(at.toString(), "at least one " + at + " is required"));
            }
            var resources = names.stream().map(Resource::parse).toList();
            overlap(names, resources, at);
            for (int i = 0; i < names.size(); i++) {
                var name = names.get(i);
                var where = at.index(i).toString();
                fault(name, resources.get(i)).ifPresent(why -> errors.add(FieldError.invalid(where, name, why)));
            }
            List<Provider> providers = new ArrayList<>();
            var in = path.child("providers");
            for (var provider : rule.children("providers")) {
                provider(provider, in.index(providers.size()))
                        .ifPresentOrElse(providers::add, () -> providers.add(new Provider.Plain()));
            }
            if (providers.isEmpty()) {
                errors.add(FieldError.required(in.toString(), "at least one " + in + " is required"));
            }
            return new Rule(resources, providers);
        }

        private void overlap(List<String> names, List<Resource> resources, FieldPath path) {
            boolean duplicate = Set.copyOf(resources).size() < resources.size();
            boolean overlap = resources.stream()
                    .anyMatch(one -> resources.stream()
                            .anyMatch(other -> one != other
                                    && !one.equals(other)
                                    && (one.equals(Resource.ALL)
                                            || one.group.equals(other.group) && one.name.equals("*"))));
            if (duplicate) {
                errors.add(FieldError.invalid(
                        path.toString(), names, "the same resource cannot be specified multiple times"));
            }
            if (overlap) {
                errors.add(FieldError.invalid(
                        path.toString(),
                        names,
                        "using overlapping resources such as 'secrets' and '*.' in the same resource list is not"
                                + " allowed as they will be masked"));
            }
        }

        private static Optional<String> fault(String name, Resource resource) {
            if (!name.toLowerCase(Locale.ROOT).equals(name)) {
                return Optional.of("resource name should not contain capital letters");
            }
            if (name.equals("*")) {
                return Optional.of(
                        "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources");
            }
            if (NOT_REST.contains(name)) {
                return Optional.of("resources which do not have REST API/s cannot be encrypted");
            }
            return switch (resource.group) {
                case "events.k8s.io" ->
                    Optional.of("'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use"
                            + " 'events' instead in the config file");
                case "extensions" ->
                    Optional.of("'extensions' group has been removed and cannot be used for encryption");
                case "*" ->
                    resource.name.equals("*")
                            ? Optional.empty()
                            : Optional.of("encrypting the same resource across groups is not supported");
                default -> Optional.empty();
            };
        }

        private Optional<Provider> provider(ConfigTree provider, FieldPath path) {
            provider.only("identity", "aesgcm", "aescbc", "secretbox", "kms");
            var given = Stream.of("identity", "aesgcm", "aescbc", "secretbox", "kms")
                    .filter(provider::has)
                    .toList();
            if (given.size() != 1) {
                errors.add(FieldError.invalid(
                        path.toString(),
                        FieldError.OMITTED,
                        given.isEmpty()
                                ? "provider does not contain any of the expected providers: KMS, AESGCM, AESCBC,"
                                        + " Secretbox, Identity"
                                : "more than one provider specified in a single element, should split into different"
                                        + " list elements"));
                return Optional.empty();
            }
            var what = given.getFirst();
            var told = provider.child(what).orElseThrow();
            var at = path.child(what);
            return Optional.of(
                    switch (what) {
                        case "aesgcm" -> new Provider.Gcm(keys(told, at, AES_KEYS));
                        case "aescbc" -> new Provider.Cbc(keys(told, at, AES_KEYS));
                        case "secretbox" -> new Provider.Box(keys(told, at, SECRET_BOX_KEYS));
                        case "kms" -> kms(told, at);
                        default -> {
                            told.only();
                            yield new Provider.Plain();
                        }
                    });
        }

        private List<Key> keys(ConfigTree provider, FieldPath path, List<Integer> lengths) {
            provider.only("keys");
            List<Key> keys = new ArrayList<>();
            var in = path.child("keys");
            for (var key : provider.children("keys")) {
                keys.add(key(key, in.index(keys.size()), lengths));
            }
            if (keys.isEmpty()) {
                errors.add(FieldError.required(in.toString(), "at least one keys is required"));
            }
            return keys;
        }

        private Key key(ConfigTree key, FieldPath path, List<Integer> lengths) {
            key.only("name", "secret");
            if (key.text("name").isEmpty()) {
                errors.add(FieldError.required(path.child("name").toString(), "name is a mandatory field for a key"));
            }
            var at = path.child("secret").toString();
            if (key.text("secret").isEmpty()) {
                errors.add(FieldError.required(at, "secret is a mandatory field for a key"));
                return new Key(key.text("name"), new byte[0]);
            }
            var secret = new byte[0];
            try {
                secret = Base64.getDecoder().decode(key.text("secret").replaceAll("[\r\n]", ""));
                if (!lengths.contains(secret.length)) {
                    errors.add(FieldError.invalid(
                            at,
                            "REDACTED",
                            "secret is not of the expected length, got " + secret.length + ", expected one of "
                                    + lengths.stream()
                                            .map(String::valueOf)
                                            .collect(Collectors.joining(" ", "[", "]"))));
                }
            } catch (IllegalArgumentException _) {
                errors.add(FieldError.invalid(at, "REDACTED", "secrets must be base64 encoded"));
            }
            return new Key(key.text("name"), secret);
        }

        private Provider kms(ConfigTree kms, FieldPath path) {
            kms.only("apiVersion", "name", "cachesize", "endpoint", "timeout");
            var version = kms.text("apiVersion").isEmpty() ? "v1" : kms.text("apiVersion");
            var name = kms.text("name");
            if (name.isEmpty()) {
                errors.add(
                        FieldError.required(path.child("name").toString(), "name is a mandatory field for a provider"));
            }
            if (!version.equals("v1") && name.contains(":")) {
                errors.add(FieldError.invalid(
                        path.child("name").toString(),
                        name,
                        "invalid KMS provider name " + name + ", must not contain ':'"));
            }
            if (!plugins.add(name)) {
                errors.add(FieldError.invalid(
                        path.child("name").toString(),
                        name,
                        "duplicate KMS provider name " + name + ", names must be unique"));
            }
            var timeout = timeout(kms, path.child("timeout"));
            var endpoint = kms.text("endpoint");
            endpointFault(endpoint)
                    .ifPresent(why ->
                            errors.add(FieldError.invalid(path.child("endpoint").toString(), endpoint, why)));
            kms.number("cachesize")
                    .filter(_ -> !version.equals("v1"))
                    .ifPresent(size -> errors.add(FieldError.invalid(
                            path.child("cachesize").toString(), size, "cachesize is not supported in v2")));
            if (version.equals("v1")) {
                errors.add(FieldError.invalid(
                        path.child("apiVersion").toString(),
                        version,
                        "KMSv1 is deprecated and not supported. Use KMSv2 instead."));
            } else if (!version.equals("v2")) {
                errors.add(FieldError.invalid(
                        path.child("apiVersion").toString(),
                        version,
                        "unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported"));
            }
            return new Provider.Kms(name, endpoint, timeout);
        }

        private Duration timeout(ConfigTree kms, FieldPath path) {
            var text = kms.text("timeout");
            try {
                var timeout = text.isEmpty() ? KMS_TIMEOUT : GoDuration.parse(text);
                if (!timeout.isPositive()) {
                    errors.add(FieldError.invalid(path.toString(), text, "timeout should be a positive value"));
                }
                return timeout;
            } catch (IllegalArgumentException e) {
                errors.add(FieldError.invalid(path.toString(), text, String.valueOf(e.getMessage())));
                return KMS_TIMEOUT;
            }
        }

        private static Optional<String> endpointFault(String endpoint) {
            if (endpoint.isEmpty()) {
                return Optional.of("endpoint is a mandatory field for a kms");
            }
            try {
                var scheme = new URI(endpoint).getScheme();
                return "unix".equals(scheme)
                        ? Optional.empty()
                        : Optional.of("unsupported scheme \"" + (scheme == null ? "" : scheme)
                                + "\" for KMS provider, only unix is supported");
            } catch (URISyntaxException e) {
                return Optional.of("invalid endpoint for kms provider, error: " + e.getMessage());
            }
        }

        /** Source: pkg/server/options/encryptionconfig/config.go. */
        private static void refuseMasked(List<Rule> rules) {
            Set<Resource> before = new HashSet<>();
            for (var rule : rules) {
                for (var resource : rule.resources) {
                    for (var wide : List.of(new Resource("*", resource.group), Resource.ALL)) {
                        if (before.contains(wide)) {
                            throw new IllegalArgumentException(
                                    "resource \"" + resource + "\" is masked by earlier rule \"" + wide + "\"");
                        }
                    }
                    before.add(resource);
                }
            }
        }
    }
}
