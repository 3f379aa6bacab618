package dev.navarch.scheduler.config;

import dev.navarch.api.FieldError;
import dev.navarch.api.values.GoDuration;
import dev.navarch.api.values.GoText;
import dev.navarch.client.Json;
import dev.navarch.scheduler.config.SchedulerConfiguration.Extender;
import dev.navarch.scheduler.config.SchedulerConfiguration.PluginSet;
import dev.navarch.scheduler.config.SchedulerConfiguration.Profile;
import dev.navarch.scheduler.framework.ExtensionPoint;
import dev.navarch.scheduler.framework.PluginFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads {@code KubeSchedulerConfiguration} from YAML or JSON: unknown fields are refused, what is not given is
 * upstream's default, what is impossible is told in upstream's words (source: pkg/scheduler/apis/config, v1/defaults.go
 * and validation).
 */
public final class ConfigurationReader {
    private static final String GROUP_VERSION = "kubescheduler.config.k8s.io/v1";
    private static final String KIND = "KubeSchedulerConfiguration";
    private static final Duration EXTENDER_TIMEOUT = Duration.ofSeconds(5);

    private static final Set<String> FIELDS = Set.of(
            "apiVersion",
            "kind",
            "parallelism",
            "leaderElection",
            "clientConnection",
            "enableProfiling",
            "enableContentionProfiling",
            "percentageOfNodesToScore",
            "podInitialBackoffSeconds",
            "podMaxBackoffSeconds",
            "profiles",
            "extenders",
            "delayCacheUntilActive");
    private static final Set<String> PROFILE_FIELDS =
            Set.of("schedulerName", "percentageOfNodesToScore", "plugins", "pluginConfig");
    private static final Set<String> EXTENDER_FIELDS = Set.of(
            "urlPrefix",
            "filterVerb",
            "preemptVerb",
            "prioritizeVerb",
            "weight",
            "bindVerb",
            "enableHTTPS",
            "tlsConfig",
            "httpTimeout",
            "nodeCacheCapable",
            "managedResources",
            "ignorable");
    private static final Set<String> TLS_FIELDS =
            Set.of("insecure", "serverName", "certFile", "keyFile", "caFile", "certData", "keyData", "caData");

    private final Map<String, PluginFactory> plugins;
    private final List<String> unknown = new ArrayList<>();
    private final List<FieldError> errors = new ArrayList<>();

    /** @param plugins whose arguments are checked, by name */
    public ConfigurationReader(Map<String, PluginFactory> plugins) {
        this.plugins = Map.copyOf(plugins);
    }

    /** @throws ConfigurationException if the text is no configuration, or an impossible one */
    public SchedulerConfiguration read(String text) {
        var tree = parse(text);
        var version = tree.path("apiVersion").asString("");
        var kind = tree.path("kind").asString("");
        if (!version.equals(GROUP_VERSION) || !kind.equals(KIND)) {
            throw new ConfigurationException("no kind " + GoText.quote(kind) + " is registered for version "
                    + GoText.quote(version) + ": a scheduler's configuration is " + KIND + " of " + GROUP_VERSION);
        }
        known("", tree, FIELDS);
        var read = configuration(tree);
        if (!unknown.isEmpty()) {
            throw new ConfigurationException("strict decoding error: " + String.join(", ", unknown));
        }
        if (errors.isEmpty()) {
            new Validation(errors, plugins).check(tree, read);
        }
        if (!errors.isEmpty()) {
            throw ConfigurationException.of(errors);
        }
        return read;
    }

    private static JsonNode parse(String text) {
        try {
            var settings = LoadSettings.builder().setAllowDuplicateKeys(false).build();
            var loaded = new Load(settings).loadFromString(text);
            if (loaded instanceof Map<?, ?>) {
                return Json.mapper().valueToTree(loaded);
            }
        } catch (YamlEngineException e) {
            throw new ConfigurationException("the scheduler's configuration is not YAML: " + e.getMessage());
        }
        throw new ConfigurationException("the scheduler's configuration is no map");
    }

    private void known(String path, JsonNode node, Set<String> fields) {
        if (!node.isObject()) {
            if (!node.isMissingNode() && !node.isNull()) {
                errors.add(FieldError.typeInvalid(path, node, "must be an object"));
            }
            return;
        }
        node.propertyNames().forEach(name -> {
            if (!fields.contains(name)) {
                unknown.add("unknown field " + GoText.quote(path.isEmpty() ? name : path + "." + name));
            }
        });
    }

    /** The elements of a list; an error if it is none. */
    private List<JsonNode> list(String field, JsonNode tree) {
        var given = tree.path(field);
        var elements = new ArrayList<JsonNode>();
        if (given.isArray()) {
            given.forEach(elements::add);
        } else if (!given.isMissingNode() && !given.isNull()) {
            errors.add(FieldError.typeInvalid(field, given, "must be a list"));
        }
        return elements;
    }

    private SchedulerConfiguration configuration(JsonNode tree) {
        List<Profile> profiles = new ArrayList<>();
        var listed = list("profiles", tree);
        for (int i = 0; i < listed.size(); i++) {
            profiles.add(profile("profiles[" + i + "]", listed.get(i), listed.size() == 1));
        }
        if (profiles.isEmpty()) {
            profiles.addAll(SchedulerConfiguration.standard().profiles());
        }
        List<Extender> extenders = new ArrayList<>();
        var helpers = list("extenders", tree);
        for (int i = 0; i < helpers.size(); i++) {
            extenders.add(extender("extenders[" + i + "]", helpers.get(i)));
        }
        return new SchedulerConfiguration(
                profiles,
                number("", tree, "percentageOfNodesToScore", 0),
                Duration.ofSeconds(number("", tree, "podInitialBackoffSeconds", 1)),
                Duration.ofSeconds(number("", tree, "podMaxBackoffSeconds", 10)),
                extenders);
    }

    private Profile profile(String path, JsonNode tree, boolean only) {
        known(path, tree, PROFILE_FIELDS);
        var everywhere = PluginSet.NONE;
        Map<ExtensionPoint, PluginSet> sets = new EnumMap<>(ExtensionPoint.class);
        var plugins = tree.path("plugins");
        for (var set : plugins.isObject() ? plugins.properties() : Set.<Map.Entry<String, JsonNode>>of()) {
            var at = path + ".plugins." + set.getKey();
            if (set.getKey().equals("multiPoint")) {
                everywhere = pluginSet(at, set.getValue());
                continue;
            }
            var point = ExtensionPoint.ofField(set.getKey());
            if (point.isEmpty()) {
                unknown.add("unknown field " + GoText.quote(at));
            } else {
                sets.put(point.get(), pluginSet(at, set.getValue()));
            }
        }
        Map<String, ObjectNode> arguments = new HashMap<>();
        for (var entry : tree.path("pluginConfig")) {
            known(path + ".pluginConfig", entry, Set.of("name", "args"));
            var args = entry.path("args");
            arguments.putIfAbsent(
                    entry.path("name").asString(""),
                    args instanceof ObjectNode object ? object : Json.mapper().createObjectNode());
        }
        return new Profile(
                tree.path("schedulerName").asString(only ? SchedulerConfiguration.DEFAULT_NAME : ""),
                tree.has("percentageOfNodesToScore")
                        ? OptionalInt.of(number(path + ".", tree, "percentageOfNodesToScore", 0))
                        : OptionalInt.empty(),
                everywhere,
                sets,
                arguments);
    }

    private PluginSet pluginSet(String path, JsonNode tree) {
        known(path, tree, Set.of("enabled", "disabled"));
        List<PluginSet.Enabled> enabled = new ArrayList<>();
        for (var entry : tree.path("enabled")) {
            known(path + ".enabled", entry, Set.of("name", "weight"));
            enabled.add(new PluginSet.Enabled(
                    entry.path("name").asString(""), number(path + ".enabled.", entry, "weight", 0)));
        }
        Set<String> disabled = new LinkedHashSet<>();
        for (var entry : tree.path("disabled")) {
            known(path + ".disabled", entry, Set.of("name", "weight"));
            disabled.add(entry.path("name").asString(""));
        }
        return new PluginSet(enabled, disabled);
    }

    private Extender extender(String path, JsonNode tree) {
        known(path, tree, EXTENDER_FIELDS);
        known(path + ".tlsConfig", tree.path("tlsConfig"), TLS_FIELDS);
        Map<String, Boolean> managed = new LinkedHashMap<>();
        for (var resource : tree.path("managedResources")) {
            known(path + ".managedResources", resource, Set.of("name", "ignoredByScheduler"));
            managed.put(
                    resource.path("name").asString(""),
                    resource.path("ignoredByScheduler").asBoolean(false));
        }
        Set<String> ignored = new LinkedHashSet<>(managed.keySet());
        ignored.removeIf(name -> !Boolean.TRUE.equals(managed.get(name)));
        return new Extender(
                tree.path("urlPrefix").asString(""),
                tree.path("filterVerb").asString(""),
                tree.path("preemptVerb").asString(""),
                tree.path("prioritizeVerb").asString(""),
                number(path + ".", tree, "weight", 0),
                tree.path("bindVerb").asString(""),
                tree.path("enableHTTPS").asBoolean(false),
                tree.has("tlsConfig") ? Optional.of(tree.path("tlsConfig")) : Optional.empty(),
                timeout(path, tree.path("httpTimeout")),
                tree.path("nodeCacheCapable").asBoolean(false),
                managed.keySet(),
                ignored,
                tree.path("ignorable").asBoolean(false));
    }

    private Duration timeout(String path, JsonNode given) {
        if (given.isMissingNode()) {
            return EXTENDER_TIMEOUT;
        }
        try {
            var timeout = GoDuration.parse(given.asString(""));
            return timeout.isZero() ? EXTENDER_TIMEOUT : timeout;
        } catch (IllegalArgumentException e) {
            errors.add(FieldError.invalid(path + ".httpTimeout", given, String.valueOf(e.getMessage())));
            return EXTENDER_TIMEOUT;
        }
    }

    private int number(String path, JsonNode tree, String field, int otherwise) {
        var given = tree.path(field);
        if (given.isMissingNode() || given.isNull()) {
            return otherwise;
        }
        if (!given.canConvertToInt() || !given.isIntegralNumber()) {
            errors.add(FieldError.invalid(path + field, given, "must be an integer"));
            return otherwise;
        }
        return given.intValue();
    }
}
