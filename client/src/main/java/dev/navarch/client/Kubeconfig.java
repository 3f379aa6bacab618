package dev.navarch.client;

import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;

/**
 * The text of a kubeconfig file as a tree of which only the parts in question are looked at or changed: what this
 * class does not know stays as it is, in its order. Comments are lost, as with kubectl.
 *
 * <p>source: client-go tools/clientcmd.
 */
public final class Kubeconfig {
    private static final List<String> IMPERSONATION = List.of("as", "as-uid", "as-groups", "as-user-extra");

    private final Map<String, Object> tree;

    /**
     * One cluster, user and context under one name.
     *
     * @param authority, certificate, key: PEM
     */
    public record Entry(String name, URI server, byte[] authority, byte[] certificate, byte[] key) {}

    private Kubeconfig(Map<String, Object> tree) {
        this.tree = tree;
    }

    public static Kubeconfig empty() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("apiVersion", "v1");
        tree.put("kind", "Config");
        tree.put("preferences", new LinkedHashMap<>());
        tree.put("clusters", new ArrayList<>());
        tree.put("users", new ArrayList<>());
        tree.put("contexts", new ArrayList<>());
        tree.put("current-context", "");
        return new Kubeconfig(tree);
    }

    /** @throws IllegalArgumentException the text is no kubeconfig */
    public static Kubeconfig parse(String text) {
        try {
            var settings = LoadSettings.builder().setAllowDuplicateKeys(false).build();
            var loaded = new Load(settings).loadFromString(text);
            if (loaded == null) {
                return empty();
            }
            if (loaded instanceof Map<?, ?> map) {
                return new Kubeconfig(strings(map));
            }
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("not a kubeconfig: " + e.getMessage(), e);
        }
        throw new IllegalArgumentException("not a kubeconfig: no mapping at the top");
    }

    /** Reads a file; one that is absent is as one that is empty. */
    public static Kubeconfig read(Path file) throws IOException {
        try {
            return Files.exists(file) ? parse(Files.readString(file)) : empty();
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    public String text() {
        var settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setWidth(Integer.MAX_VALUE)
                .build();
        return new Dump(settings, new Quoting(settings)).dumpToString(tree);
    }

    /**
     * Quotes all strings that readers of YAML 1.1, as kubectl is, could take for something else: {@code 012}, {@code
     * yes}, {@code 1e3}.
     */
    private static final class Quoting extends StandardRepresenter {
        private static final Pattern PLAIN = Pattern.compile("[A-Za-z/][A-Za-z0-9_./=@+:-]*[A-Za-z0-9_=]|[A-Za-z]");
        private static final Set<String> WORDS =
                Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf");

        Quoting(DumpSettings settings) {
            super(settings);
            representers.put(String.class, value -> {
                var text = (String) value;
                boolean plain = PLAIN.matcher(text).matches() && !WORDS.contains(text.toLowerCase(Locale.ROOT));
                return representScalar(Tag.STR, text, plain ? ScalarStyle.PLAIN : ScalarStyle.DOUBLE_QUOTED);
            });
        }
    }

    public String currentContext() {
        return tree.get("current-context") instanceof String s ? s : "";
    }

    public boolean hasContext(String name) {
        return find("contexts", name).isPresent();
    }

    /** Whether the cluster of a name is reached by exactly this authority, PEM kept in the file itself. */
    boolean trusts(String name, byte[] authority) {
        return find("clusters", name)
                .map(named -> named.get("cluster"))
                .filter(cluster -> cluster instanceof Map<?, ?> body
                        && Base64.getEncoder().encodeToString(authority).equals(body.get("certificate-authority-data")))
                .isPresent();
    }

    /** Adds the entry, or replaces what it says of the three of its name. */
    public void merge(Entry entry) {
        var cluster = into("clusters", entry.name, "cluster");
        cluster.put("server", entry.server.toString());
        put(cluster, "certificate-authority", entry.authority);
        var user = into("users", entry.name, "user");
        put(user, "client-certificate", entry.certificate);
        put(user, "client-key", entry.key);
        var context = into("contexts", entry.name, "context");
        context.put("cluster", entry.name);
        context.put("user", entry.name);
    }

    public void makeCurrent(String context) {
        tree.put("current-context", context);
    }

    /** Removes cluster, user and context of the name; a current context of the name becomes none. */
    public void remove(String name) {
        for (var section : List.of("clusters", "users", "contexts")) {
            if (tree.get(section) instanceof List<?> list) {
                list.removeIf(e -> e instanceof Map<?, ?> m && name.equals(m.get("name")));
            }
        }
        if (currentContext().equals(name)) {
            tree.put("current-context", "");
        }
    }

    private static void put(Map<String, Object> in, String field, byte[] pem) {
        in.remove(field);
        in.put(field + "-data", Base64.getEncoder().encodeToString(pem));
    }

    private Map<String, Object> into(String section, String name, String body) {
        var found = find(section, name);
        Map<String, Object> named;
        if (found.isPresent()) {
            named = found.get();
        } else {
            named = new LinkedHashMap<>();
            named.put(body, new LinkedHashMap<>());
            named.put("name", name);
            list(section).add(named);
        }
        if (named.get(body) instanceof Map<?, ?> map) {
            return strings(map);
        }
        Map<String, Object> fresh = new LinkedHashMap<>();
        named.put(body, fresh);
        return fresh;
    }

    @SuppressWarnings("unchecked") // lists of YAML hold any objects
    private List<Object> list(String section) {
        if (tree.get(section) instanceof List<?> list) {
            return (List<Object>) list;
        }
        List<Object> fresh = new ArrayList<>();
        tree.put(section, fresh);
        return fresh;
    }

    private Optional<Map<String, Object>> find(String section, String name) {
        if (tree.get(section) instanceof List<?> list) {
            for (var element : list) {
                if (element instanceof Map<?, ?> map && name.equals(map.get("name"))) {
                    return Optional.of(strings(map));
                }
            }
        }
        return Optional.empty();
    }

    @SuppressWarnings("unchecked") // keys that are no strings are kept but never looked up
    private static Map<String, Object> strings(Map<?, ?> map) {
        return (Map<String, Object>) map;
    }

    /**
     * How to reach the cluster of a context.
     *
     * @param relativeTo folder against which the file's paths are resolved
     * @throws IllegalArgumentException something is missing, or a way of authentication is not supported
     */
    public Access access(String context, Path relativeTo, TimeSource time) throws IOException {
        var about = body("contexts", context, "context");
        var cluster = body("clusters", text(about, "cluster"), "cluster");
        var user = user(text(about, "user"), relativeTo, time);
        if (Boolean.TRUE.equals(cluster.get("insecure-skip-tls-verify"))) {
            throw new IllegalArgumentException("insecure-skip-tls-verify is not supported");
        }
        var namespace = text(about, "namespace");
        return new Access(
                URI.create(text(cluster, "server")),
                namespace.isEmpty() ? "default" : namespace,
                new HttpsTransport.Credentials(
                        pem(cluster, "certificate-authority", relativeTo), user.certificate, user.key, user.token));
    }

    /**
     * How a user shows who it is.
     *
     * @param certificate, key: PEM
     * @param impersonates whether it wants to be taken for somebody else
     */
    public record User(
            Optional<byte[]> certificate,
            Optional<byte[]> key,
            Optional<TokenSource> token,
            String username,
            String password,
            boolean impersonates) {}

    /** The names of all users, in the file's order. */
    public Set<String> users() {
        Set<String> names = new LinkedHashSet<>();
        if (tree.get("users") instanceof List<?> list) {
            for (var element : list) {
                if (element instanceof Map<?, ?> map && map.get("name") instanceof String name) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    /** The user of the current context; empty if there is none. */
    public String currentUser() {
        return find("contexts", currentContext())
                .map(c -> c.get("context") instanceof Map<?, ?> about ? text(strings(about), "user") : "")
                .orElse("");
    }

    /**
     * A user by its name.
     *
     * @param relativeTo folder against which the file's paths are resolved
     * @throws IllegalArgumentException there is no such user, or its way of authentication is not supported
     */
    public User user(String name, Path relativeTo, TimeSource time) throws IOException {
        var user = body("users", name, "user");
        if (user.containsKey("exec") || user.containsKey("auth-provider")) {
            throw new IllegalArgumentException("user \"" + name + "\" needs a plugin: not supported");
        }
        Optional<TokenSource> token = Optional.empty();
        if (user.get("tokenFile") instanceof String file) {
            token = Optional.of(TokenSource.file(relativeTo.resolve(file), time));
        } else if (user.get("token") instanceof String value) {
            token = Optional.of(TokenSource.fixed(value));
        }
        return new User(
                pem(user, "client-certificate", relativeTo),
                pem(user, "client-key", relativeTo),
                token,
                text(user, "username"),
                text(user, "password"),
                IMPERSONATION.stream().anyMatch(user::containsKey));
    }

    /** Where a context leads. */
    public record Access(URI server, String namespace, HttpsTransport.Credentials credentials) {
        public HttpsTransport connect() throws GeneralSecurityException {
            return new HttpsTransport(server, credentials);
        }
    }

    private Map<String, Object> body(String section, String name, String field) {
        return find(section, name)
                .map(m -> m.get(field))
                .map(b -> b instanceof Map<?, ?> map ? strings(map) : null)
                .orElseThrow(() -> new IllegalArgumentException("no " + field + " \"" + name + "\" in the kubeconfig"));
    }

    private static String text(Map<String, Object> in, String field) {
        @Nullable Object value = in.get(field);
        return value instanceof String s ? s : "";
    }

    private static Optional<byte[]> pem(Map<String, Object> in, String field, Path relativeTo) throws IOException {
        var data = text(in, field + "-data");
        if (!data.isEmpty()) {
            return Optional.of(Base64.getMimeDecoder().decode(data));
        }
        var file = text(in, field);
        return file.isEmpty() ? Optional.empty() : Optional.of(Files.readAllBytes(relativeTo.resolve(file)));
    }
}
