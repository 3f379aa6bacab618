package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Catalogue;
import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.Frames;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.MemoryStore;
import dev.navarch.time.ManualTime;
import dev.navarch.time.TimeSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A registry over a store in memory, without a front: requests are made as the front would make them. */
final class TestApi implements AutoCloseable {
    static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

    final ManualTime time = new ManualTime(START);
    final MemoryStore store = new MemoryStore(time);
    final Catalogue catalogue;
    private final TimeSource clock;
    private final AdmissionSettings admission;
    final Objects objects;
    final ResourceRegistry registry;
    /** What the front would ask too; everybody may do everything. */
    Authorizer authorizer = (_, _) -> Decision.allow("");
    /** Whose requests they are. */
    User user = new User("tester", List.of(User.MASTERS));

    TestApi() {
        this("10.96.0.0/16");
    }

    TestApi(String serviceCidr) {
        this(serviceCidr, Catalogue.builtIn());
    }

    /** @param admission what its plugins are told */
    TestApi(AdmissionSettings admission) {
        this("10.96.0.0/16", Catalogue.builtIn(), UnaryOperator.identity(), admission);
    }

    TestApi(String serviceCidr, Catalogue catalogue) {
        this(serviceCidr, catalogue, UnaryOperator.identity());
    }

    /** @param clock what the registry takes the time for */
    TestApi(String serviceCidr, Catalogue catalogue, UnaryOperator<TimeSource> clock) {
        this(serviceCidr, catalogue, clock, AdmissionSettings.STANDARD);
    }

    private TestApi(
            String serviceCidr, Catalogue catalogue, UnaryOperator<TimeSource> clock, AdmissionSettings admission) {
        this.admission = admission;
        this.catalogue = catalogue;
        this.clock = clock.apply(time);
        objects = new Objects(store, catalogue);
        registry = another(serviceCidr);
        try {
            registry.start();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** One more server over the same store, as after a restart. */
    ResourceRegistry another(String serviceCidr) {
        return another(serviceCidr, Optional.empty());
    }

    /** @param caches where to keep what makes the next start quick */
    ResourceRegistry another(String serviceCidr, Optional<Path> caches) {
        return new ResourceRegistry(
                new RegistryConfig(serviceCidr, Duration.ofHours(1), admission, caches),
                catalogue,
                objects,
                Map.of(),
                (user, info) -> authorizer.authorize(user, info),
                List.of(),
                clock,
                new Random(7));
    }

    /** An answer that was read to its end. */
    record Answer(int code, String contentType, Headers headers, byte[] bytes) {
        String body() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        ObjectNode json() {
            return (ObjectNode) JsonMapper.shared().readTree(bytes);
        }

        String message() {
            return Tree.text(json(), "message");
        }

        String reason() {
            return Tree.text(json(), "reason");
        }

        String text(String... path) {
            var node = Tree.at(json(), path);
            return node.isMissingNode() ? "" : node.isString() ? node.stringValue() : node.toString();
        }

        Answer expect(int wanted) {
            if (code != wanted) {
                throw new AssertionError("expected " + wanted + " but got " + code + ": " + body());
            }
            return this;
        }
    }

    Answer get(String path, String... headers) {
        return send("GET", path, "", headers);
    }

    Answer post(String path, String body, String... headers) {
        return send("POST", path, body, headers);
    }

    Answer put(String path, String body, String... headers) {
        return send("PUT", path, body, headers);
    }

    Answer delete(String path, String body) {
        return send("DELETE", path, body);
    }

    Answer mergePatch(String path, String body) {
        return send("PATCH", path, body, "Content-Type", "application/merge-patch+json");
    }

    Answer send(String method, String path, String body, String... headers) {
        return send(method, path, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    Answer send(String method, String path, byte[] body, String... headers) {
        return send(registry, method, path, body, headers);
    }

    Answer send(ResourceRegistry to, String method, String path, byte[] body, String... headers) {
        try {
            return switch (to.handle(request(method, path, body, headers).withUser(user))) {
                case ApiResponse.Whole whole -> read(whole);
                case ApiResponse.Streaming streaming -> {
                    streaming.frames().close();
                    throw new AssertionError("a stream");
                }
            };
        } catch (ApiFailure e) {
            return read(e.response());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Answer read(ApiResponse.Whole whole) {
        return new Answer(
                whole.status(),
                whole.contentType(),
                whole.headers(),
                whole.parts().toByteArray());
    }

    /** An open watch, of which each event is a tree. */
    record Events(Frames frames) implements AutoCloseable {
        @Nullable
        JsonNode next() {
            try {
                var frame = frames.next();
                return frame == null ? null : JsonMapper.shared().readTree(frame);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        /** "ADDED a" for an object named a. */
        String nextLine() {
            var event = next();
            return event == null
                    ? "end"
                    : Tree.text(event, "type") + " " + Tree.text(event, "object", "metadata", "name");
        }

        @Override
        public void close() {
            frames.close();
        }
    }

    Events watch(String path, String... headers) {
        try {
            return switch (registry.handle(request("GET", path, new byte[0], headers))) {
                case ApiResponse.Streaming streaming -> new Events(streaming.frames());
                case ApiResponse.Whole whole ->
                    throw new AssertionError("no stream: " + read(whole).body());
            };
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static ApiRequest request(String method, String url, byte[] body, String... headers) {
        int mark = url.indexOf('?');
        var path = mark < 0 ? url : url.substring(0, mark);
        var query = mark < 0 ? Query.EMPTY : Query.parse(url.substring(mark + 1));
        return new ApiRequest(
                method,
                path,
                query,
                Headers.of(headers),
                body,
                new User("tester", List.of(User.MASTERS)),
                RequestInfoParser.parse(method, path, query),
                "test");
    }

    /** A get that is not answered before a timer is due, or {@code meanwhile} has happened. */
    Answer lateGet(String path, Runnable meanwhile) {
        int timers = time.timers();
        var answer = new CompletableFuture<Answer>();
        Thread.ofVirtual().start(() -> {
            try {
                answer.complete(get(path));
            } catch (Throwable e) {
                answer.completeExceptionally(e);
            }
        });
        while (time.timers() == timers && !answer.isDone()) {
            Thread.onSpinWait();
        }
        assertThat(answer).as("waits").isNotDone();
        meanwhile.run();
        return answer.orTimeout(60, TimeUnit.SECONDS).join();
    }

    void pass(Duration step) {
        time.advance(step);
    }

    @Override
    public void close() {
        registry.close();
        store.close();
    }
}
