package dev.navarch.conformance;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** Requests as they are, through the client's connection, for what its typed methods don't show. */
public final class Http {
    private static final long SECONDS = 60;

    private final KubernetesClient client;

    Http(KubernetesClient client) {
        this.client = client;
    }

    /** An answer, whatever its status. */
    public record Answer(int status, Map<String, String> headers, byte[] bytes, KubernetesClient client) {
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        public JsonNode json() {
            return client.getKubernetesSerialization().unmarshal(text(), JsonNode.class);
        }

        public <T> T as(Class<T> type) {
            return client.getKubernetesSerialization().unmarshal(text(), type);
        }

        public Optional<String> header(String name) {
            return headers.entrySet().stream()
                    .filter(header -> header.getKey().equalsIgnoreCase(name))
                    .map(Map.Entry::getValue)
                    .findFirst();
        }

        /** This, if the request succeeded. */
        public Answer ok() {
            if (status >= 300) {
                throw new AssertionError("status " + status + ": " + text());
            }
            return this;
        }
    }

    /** A request that is not sent yet. */
    public final class Call {
        private final String method;
        private final String path;
        private final Map<String, String> headers = new LinkedHashMap<>();
        private String body = "";
        private String contentType = "application/json";

        private Call(String method, String path) {
            this.method = method;
            this.path = path;
        }

        public Call accept(String mediaType) {
            return header("Accept", mediaType);
        }

        public Call header(String name, String value) {
            headers.put(name, value);
            return this;
        }

        public Call body(String type, String content) {
            contentType = type;
            body = content;
            return this;
        }

        /** @throws AssertionError if nothing comes back in time */
        public Answer send() {
            var url = client.getMasterUrl().toString().replaceAll("/$", "") + path;
            var request = client.getHttpClient().newHttpRequestBuilder().uri(url);
            headers.forEach(request::header);
            if (body.isEmpty()) {
                request.method(method, null, null);
            } else {
                request.method(method, contentType, body);
            }
            try {
                HttpResponse<byte[]> response = client.getHttpClient()
                        .sendAsync(request.build(), byte[].class)
                        .get(SECONDS, TimeUnit.SECONDS);
                Map<String, String> all = new LinkedHashMap<>();
                response.headers().forEach((name, values) -> all.put(name, String.join(",", values)));
                return new Answer(response.code(), all, response.body(), client);
            } catch (Exception e) {
                throw new AssertionError(method + " " + path + ": " + e, e);
            }
        }
    }

    public Call call(String method, String path) {
        return new Call(method, path);
    }

    public Answer get(String path) {
        return call("GET", path).send();
    }

    public Answer delete(String path) {
        return call("DELETE", path).send();
    }

    public Answer post(String path, String json) {
        return call("POST", path).body("application/json", json).send();
    }
}
