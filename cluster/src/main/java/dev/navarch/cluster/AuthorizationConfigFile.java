package dev.navarch.cluster;

import dev.navarch.api.values.GoDuration;
import dev.navarch.api.values.GoText;
import dev.navarch.api.values.Names;
import dev.navarch.apiserver.authz.AuthorizationSettings;
import dev.navarch.apiserver.authz.AuthorizationSettings.Link;
import dev.navarch.apiserver.authz.AuthorizationSettings.Type;
import dev.navarch.apiserver.authz.AuthorizationWebhook;
import dev.navarch.apiserver.authz.ReviewConditions;
import dev.navarch.apiserver.webhook.HookUser;
import dev.navarch.cel.CelFailure;
import dev.navarch.client.Kubeconfig;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * An AuthorizationConfiguration, which may change while the server runs (source: k8s.io/apiserver
 * pkg/apis/apiserver/v1/types.go and defaults.go, pkg/apis/apiserver/validation/validation.go).
 */
public final class AuthorizationConfigFile implements AuthorizationSettings.Source {
    private static final Set<String> VERSIONS = Set.of("apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1beta1");
    private static final Set<String> FIELDS = Set.of("apiVersion", "kind", "authorizers");
    private static final Set<String> OF_AUTHORIZER = Set.of("type", "name", "webhook");
    private static final Set<String> OF_WEBHOOK = Set.of(
            "authorizedTTL",
            "cacheAuthorizedRequests",
            "unauthorizedTTL",
            "cacheUnauthorizedRequests",
            "timeout",
            "subjectAccessReviewVersion",
            "matchConditionSubjectAccessReviewVersion",
            "failurePolicy",
            "connectionInfo",
            "matchConditions");
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final int MOST_CONDITIONS = 64;

    private final Path file;
    private final TimeSource time;

    private AuthorizationConfigFile(Path file, TimeSource time) {
        this.file = file;
        this.time = time;
    }

    /**
     * Reads the file and all that it names.
     *
     * @param time by which files of tokens are read again
     * @throws ConfigException if anything in them can't be used
     */
    public static AuthorizationSettings read(Path file, TimeSource time) {
        try {
            return AuthorizationSettings.from(new AuthorizationConfigFile(file.toAbsolutePath(), time));
        } catch (IOException e) {
            throw new ConfigException("authorization-config", file, "can't be read: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new ConfigException("authorization-config", file, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public byte[] read() throws IOException {
        return Files.readAllBytes(file);
    }

    @Override
    public List<Link> chain(byte[] text) {
        var reading = new Reading();
        var links = reading.configuration(tree(text));
        if (!reading.wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", reading.wrong));
        }
        return links;
    }

    private static Object tree(byte[] text) {
        try {
            var settings = LoadSettings.builder().setAllowDuplicateKeys(false).build();
            return new Load(settings).loadFromString(new String(text, StandardCharsets.UTF_8));
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("is not YAML: " + e.getMessage(), e);
        }
    }

    /**
     * The one webhook of older options, by its kubeconfig.
     *
     * @throws ConfigException if it can't be used
     */
    public static AuthorizationWebhook webhook(
            Path kubeconfig, String version, Duration allowedFor, Duration refusedFor, TimeSource time) {
        var like = new AuthorizationWebhook(
                kubeconfig.toUri(),
                new byte[0],
                HookUser.ANONYMOUS,
                version,
                LONGEST,
                allowedFor,
                refusedFor,
                false,
                List.of());
        try {
            return connect(kubeconfig.toAbsolutePath(), like, time);
        } catch (NoSuchFileException e) {
            throw new ConfigException(
                    "authorization-webhook-config-file", kubeconfig, "there is no file " + e.getFile());
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new ConfigException("authorization-webhook-config-file", kubeconfig, String.valueOf(e.getMessage()));
        }
    }

    /**
     * The server that a kubeconfig's current context leads to.
     *
     * @throws IllegalArgumentException if it leads nowhere, or in a way that is not supported
     */
    static AuthorizationWebhook connect(Path kubeconfig, AuthorizationWebhook like, TimeSource time)
            throws IOException, GeneralSecurityException {
        var read = Kubeconfig.parse(Files.readString(kubeconfig));
        var folder = kubeconfig.resolveSibling("");
        var context = read.currentContext();
        var access = read.access(context, folder, time);
        if (!"https".equals(access.server().getScheme())) {
            throw new IllegalArgumentException(
                    "server: Invalid value: " + GoText.quote(access.server() + "") + ": must be an https URL");
        }
        var user = AdmissionConfigFile.user(read.currentUser(), read.user(read.currentUser(), folder, time));
        return new AuthorizationWebhook(
                access.server(),
                access.credentials().authorities().orElse(new byte[0]),
                user,
                like.version(),
                like.timeout(),
                like.allowedFor(),
                like.refusedFor(),
                like.denies(),
                like.conditions());
    }

    /** One look at the file; gathers all that is wrong. */
    private final class Reading {
        private final List<String> wrong = new ArrayList<>();
        private final Set<Type> types = new HashSet<>();
        private final Set<String> names = new HashSet<>();

        private void invalid(String field, String value, String why) {
            wrong.add(field + ": Invalid value: " + GoText.quote(value) + ": " + why);
        }

        private void required(String field, String why) {
            wrong.add(field + ": Required value" + (why.isEmpty() ? "" : ": " + why));
        }

        private void unsupported(String field, String value, List<String> supported) {
            wrong.add(field + ": Unsupported value: " + GoText.quote(value) + ": supported values: "
                    + supported.stream().map(GoText::quote).collect(Collectors.joining(", ")));
        }

        private void known(Map<?, ?> object, Set<String> fields, String path) {
            object.keySet().stream()
                    .map(String::valueOf)
                    .filter(field -> !fields.contains(field))
                    .forEach(field -> wrong.add("strict decoding error: unknown field " + GoText.quote(path + field)));
        }

        List<Link> configuration(Object tree) {
            if (!(tree instanceof Map<?, ?> configuration)
                    || !VERSIONS.contains(text(configuration, "apiVersion"))
                    || !text(configuration, "kind").equals("AuthorizationConfiguration")) {
                wrong.add("must be an AuthorizationConfiguration of apiserver.config.k8s.io/v1");
                return List.of();
            }
            known(configuration, FIELDS, "");
            var listed = configuration.get("authorizers") instanceof List<?> list ? list : List.of();
            if (listed.isEmpty()) {
                required("authorizers", "at least one authorization mode must be defined");
            }
            List<Link> links = new ArrayList<>();
            for (int i = 0; i < listed.size(); i++) {
                var path = "authorizers[" + i + "]";
                if (listed.get(i) instanceof Map<?, ?> authorizer) {
                    link(authorizer, path).ifPresent(links::add);
                } else {
                    wrong.add(path + ": must be a map");
                }
            }
            return links;
        }

        private Optional<Link> link(Map<?, ?> authorizer, String path) {
            known(authorizer, OF_AUTHORIZER, path + ".");
            var word = text(authorizer, "type");
            var type = Arrays.stream(Type.values())
                    .filter(known -> known.toString().equals(word))
                    .findFirst();
            if (type.isEmpty()) {
                if (word.isEmpty()) {
                    required(path + ".type", "");
                } else {
                    unsupported(
                            path + ".type",
                            word,
                            Arrays.stream(Type.values()).map(Type::toString).toList());
                }
                return Optional.empty();
            }
            if (!types.add(type.get()) && type.get() != Type.WEBHOOK) {
                wrong.add(path + ".type: Duplicate value: " + GoText.quote(word));
                return Optional.empty();
            }
            var name = text(authorizer, "name");
            name(name, path + ".name");
            var webhook = authorizer.get("webhook");
            if (type.get() != Type.WEBHOOK) {
                if (webhook != null) {
                    invalid(path + ".webhook", "non-null", "may only be specified when type=Webhook");
                }
                return Optional.of(new Link(type.get(), name));
            }
            if (!(webhook instanceof Map<?, ?> told)) {
                required(path + ".webhook", "required when type=Webhook");
                return Optional.empty();
            }
            known(told, OF_WEBHOOK, path + ".webhook.");
            return webhook(told, path).map(asked -> new Link(type.get(), name, Optional.of(asked)));
        }

        private void name(String name, String path) {
            if (name.isEmpty()) {
                required(path, "");
            } else if (!names.add(name)) {
                wrong.add(path + ": Duplicate value: " + GoText.quote(name));
            } else {
                var complaints = Names.dns1123Subdomain(name);
                if (!complaints.isEmpty()) {
                    invalid(path, name, "authorizer name is invalid: " + String.join(", ", complaints));
                }
            }
        }

        private Optional<AuthorizationWebhook> webhook(Map<?, ?> told, String path) {
            var timeout = duration(told, "timeout", Duration.ZERO, path);
            if (timeout.isZero()) {
                required(path + ".timeout", "");
            } else if (timeout.isNegative() || timeout.compareTo(LONGEST) > 0) {
                invalid(path + ".timeout", text(told, "timeout"), "must be > 0s and <= 30s");
            }
            var allowedFor = lasting(told, "authorizedTTL", AuthorizationWebhook.ALLOWED_FOR, path);
            var refusedFor = lasting(told, "unauthorizedTTL", AuthorizationWebhook.REFUSED_FOR, path);
            var version = choice(told, "subjectAccessReviewVersion", List.of("v1", "v1beta1"), path);
            var policy = choice(told, "failurePolicy", List.of("NoOpinion", "Deny"), path);
            var conditions = conditions(told, path);
            if (!conditions.isEmpty() || told.containsKey("matchConditionSubjectAccessReviewVersion")) {
                choice(told, "matchConditionSubjectAccessReviewVersion", List.of("v1"), path);
            }
            var file = kubeconfig(told, path);
            if (!wrong.isEmpty() || file.isEmpty()) {
                return Optional.empty();
            }
            var like = new AuthorizationWebhook(
                    AuthorizationConfigFile.this.file.toUri(),
                    new byte[0],
                    HookUser.ANONYMOUS,
                    version,
                    timeout,
                    cached(told, "cacheAuthorizedRequests", path) ? allowedFor : Duration.ZERO,
                    cached(told, "cacheUnauthorizedRequests", path) ? refusedFor : Duration.ZERO,
                    policy.equals("Deny"),
                    conditions);
            try {
                return Optional.of(connect(file.get(), like, time));
            } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
                invalid(
                        path + ".connectionInfo.kubeConfigFile",
                        file.get().toString(),
                        "error loading file: " + e.getMessage());
                return Optional.empty();
            }
        }

        private boolean cached(Map<?, ?> told, String field, String path) {
            var value = told.get(field);
            if (value != null && !(value instanceof Boolean)) {
                wrong.add(path + ".webhook." + field + ": must be true or false");
            }
            return !Boolean.FALSE.equals(value);
        }

        private String choice(Map<?, ?> told, String field, List<String> supported, String path) {
            var value = text(told, field);
            if (value.isEmpty()) {
                required(path + "." + field, "");
            } else if (!supported.contains(value)) {
                unsupported(path + "." + field, value, supported);
            }
            return value;
        }

        private Duration lasting(Map<?, ?> told, String field, Duration otherwise, String path) {
            var duration = duration(told, field, otherwise, path);
            if (duration.isNegative()) {
                invalid(path + "." + field, text(told, field), "must be > 0s");
            }
            return duration.isZero() ? otherwise : duration;
        }

        private Duration duration(Map<?, ?> told, String field, Duration otherwise, String path) {
            var text = text(told, field);
            if (text.isEmpty()) {
                return otherwise;
            }
            try {
                return GoDuration.parse(text);
            } catch (IllegalArgumentException e) {
                invalid(path + "." + field, text, String.valueOf(e.getMessage()));
                return otherwise;
            }
        }

        private Optional<Path> kubeconfig(Map<?, ?> told, String path) {
            var info = told.get("connectionInfo") instanceof Map<?, ?> map ? map : Map.of();
            known(info, Set.of("type", "kubeConfigFile"), path + ".webhook.connectionInfo.");
            var type = text(info, "type");
            var named = text(info, "kubeConfigFile");
            var field = path + ".connectionInfo.kubeConfigFile";
            if (type.isEmpty()) {
                required(path + ".connectionInfo.type", "");
            } else if (!type.equals("KubeConfigFile")) {
                unsupported(path + ".connectionInfo.type", type, List.of("KubeConfigFile"));
            } else if (named.isEmpty()) {
                required(field, "");
            } else if (!Path.of(named).isAbsolute()) {
                invalid(field, named, "must be an absolute path");
            } else if (!Files.isRegularFile(Path.of(named))) {
                invalid(field, named, "must be a regular file");
            } else {
                return Optional.of(Path.of(named));
            }
            return Optional.empty();
        }

        private List<String> conditions(Map<?, ?> told, String path) {
            var listed = told.get("matchConditions") instanceof List<?> list ? list : List.of();
            if (listed.size() > MOST_CONDITIONS) {
                wrong.add(path + ".matchConditions: Too many: " + listed.size() + ": must have at most "
                        + MOST_CONDITIONS + " items");
                return List.of();
            }
            List<String> expressions = new ArrayList<>();
            for (int i = 0; i < listed.size(); i++) {
                var field = path + ".matchConditions[" + i + "].expression";
                var expression = listed.get(i) instanceof Map<?, ?> condition ? text(condition, "expression") : "";
                if (expression.isBlank()) {
                    required(field, "");
                } else if (expressions.contains(expression)) {
                    wrong.add(field + ": Duplicate value: " + GoText.quote(expression));
                } else {
                    expressions.add(expression);
                    compile(expression, field);
                }
            }
            return expressions;
        }

        private void compile(String expression, String field) {
            try {
                ReviewConditions.check(expression);
            } catch (CelFailure e) {
                invalid(field, expression, e.getMessage());
            }
        }
    }

    private static String text(Map<?, ?> in, String field) {
        return in.get(field) instanceof String text ? text : "";
    }
}
