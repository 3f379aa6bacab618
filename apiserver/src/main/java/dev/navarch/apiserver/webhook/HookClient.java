package dev.navarch.apiserver.webhook;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.net.DialFailure;
import dev.navarch.apiserver.net.ServerNameTrust;
import dev.navarch.apiserver.tree.Tree;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Posts reviews to webhooks. Connections are kept and shared by the webhooks with the same authorities, server name and
 * user;
 * redirects are not followed. Safe for use by many threads (source: k8s.io/apiserver pkg/util/webhook/client.go).
 */
public final class HookClient implements AutoCloseable {
    private static final String CALL = "failed to call webhook: ";
    private static final int STANDARD_PORT = 443;
    private static final int MOST_CLIENTS = 64;
    private static final int MOST_BYTES = 8 * 1024 * 1024;

    private final StoredObjects objects;
    private final Executor threads =
            task -> Thread.ofVirtual().name("webhook-client").start(task);
    private final JsonMapper json = JsonMapper.shared();
    private final Map<Key, HttpClient> clients = new LinkedHashMap<>(16, 0.75f, true);

    private record Key(String authorities, String serverName, HookUser user) {}

    /** Of webhooks that are not behind services. */
    public HookClient() {
        this(new StoredObjects() {
            @Override
            public List<ObjectNode> list(String group, String resource, String namespace) {
                return List.of();
            }

            @Override
            public boolean replace(String group, String resource, ObjectNode old, ObjectNode now) {
                return false;
            }

            @Override
            public Optional<ObjectNode> read(String group, String resource, String namespace, String name) {
                return Optional.empty();
            }
        });
    }

    /** @param objects where the services are that webhooks are behind */
    public HookClient(StoredObjects objects) {
        this.objects = objects;
    }

    /**
     * Posts a review and waits for the answer.
     *
     * @param users as whom the webhook is called
     * @param config {@code clientConfig} of a webhook
     * @param tellsTimeout whether the webhook is told how long we wait
     * @throws HookFailure whatever goes wrong
     */
    public ObjectNode post(HookUsers users, JsonNode config, JsonNode review, Duration timeout, boolean tellsTimeout)
            throws HookFailure, InterruptedException {
        var address = HookAddress.of(config, objects, tellsTimeout ? "timeout=" + timeout.toSeconds() + "s" : "");
        var shown = address.shown();
        var user = users.of(shown.getHost(), shown.getPort() < 0 ? STANDARD_PORT : shown.getPort());
        var request = HttpRequest.newBuilder(address.connect())
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, */*")
                .header("User-Agent", "kube-apiserver-admission")
                .timeout(timeout)
                .POST(BodyPublishers.ofByteArray(Tree.json(review)));
        var authorization = authorization(user, shown);
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        var client = client(new Key(Tree.text(config, "caBundle"), address.serverName(), user));
        var answer = client.sendAsync(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_BYTES));
        try {
            return read(answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException _) {
            throw failed("Post " + GoText.quote(shown.toString()) + ": context deadline exceeded");
        } catch (ExecutionException e) {
            throw failed("Post " + GoText.quote(shown.toString()) + ": "
                    + DialFailure.reason(
                            e.getCause(),
                            address.connect().getHost(),
                            address.connect().getPort()));
        } finally {
            answer.cancel(true);
        }
    }

    private static String authorization(HookUser user, URI shown) throws HookFailure {
        try {
            return user.authorization();
        } catch (IOException e) {
            throw failed("Post " + GoText.quote(shown.toString()) + ": " + e.getMessage());
        }
    }

    private static HookFailure failed(String why) {
        return new HookFailure(CALL + why);
    }

    private HttpClient client(Key key) throws HookFailure {
        synchronized (clients) {
            var known = clients.get(key);
            if (known != null) {
                return known;
            }
            var made = make(key);
            clients.put(key, made);
            if (clients.size() > MOST_CLIENTS) {
                var eldest = clients.entrySet().iterator();
                eldest.next().getValue().shutdown();
                eldest.remove();
            }
            return made;
        }
    }

    private HttpClient make(Key key) throws HookFailure {
        try {
            var builder = HttpClient.newBuilder()
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .executor(threads)
                    .sslContext(ServerNameTrust.context(
                            Base64.getMimeDecoder().decode(key.authorities), key.serverName, key.user.identity()));
            if (!key.serverName.isEmpty()) {
                var parameters = new SSLParameters();
                parameters.setServerNames(List.of(new SNIHostName(key.serverName)));
                builder.sslParameters(parameters);
            }
            return builder.build();
        } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
            throw HookFailure.before("could not get REST client: " + e.getMessage());
        }
    }

    private ObjectNode read(HttpResponse<byte[]> answer) throws HookFailure {
        if (answer.statusCode() < 200 || answer.statusCode() > 206) {
            var text = new String(answer.body(), StandardCharsets.UTF_8).strip();
            throw new HookFailure(CALL + refused(answer.statusCode(), text), answer.statusCode());
        }
        try {
            if (json.readTree(answer.body()) instanceof ObjectNode tree) {
                return tree;
            }
        } catch (JacksonException _) {
            // told below
        }
        throw failed("couldn't get version/kind; json parse error: the body is no JSON object");
    }

    /** Source: k8s.io/apimachinery pkg/api/errors/errors.go, NewGenericServerResponse. */
    private static String refused(int code, String body) {
        return switch (code) {
            case 400 -> "the server rejected our request for an unknown reason";
            case 401 -> "the server has asked for the client to provide credentials";
            case 403 -> body.isEmpty() ? "unknown" : body;
            case 404 -> "the server could not find the requested resource";
            case 405 -> "the server does not allow this method on the requested resource";
            case 429 -> "the server has received too many requests and has asked us to try again later";
            case 503 -> "the server is currently unable to handle the request";
            case 504 ->
                "the server was unable to return a response in the time allotted, but may still be processing the"
                        + " request";
            default ->
                code >= 500
                        ? "an error on the server (" + GoText.quote(body.isEmpty() ? "unknown" : body)
                                + ") has prevented the request from succeeding"
                        : "the server responded with the status code " + code
                                + " but did not return more information (post)";
        };
    }

    @Override
    public void close() {
        List<HttpClient> all;
        synchronized (clients) {
            all = new ArrayList<>(clients.values());
            clients.clear();
        }
        all.forEach(HttpClient::shutdownNow);
    }
}
