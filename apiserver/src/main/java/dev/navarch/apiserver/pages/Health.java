package dev.navarch.apiserver.pages;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestHandler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * {@code /livez}, {@code /readyz} and {@code /healthz} with {@code ?verbose}, {@code ?exclude=x} and single checks
 * below them. Source: k8s.io/apiserver pkg/server/healthz/healthz.go.
 */
public final class Health implements RequestHandler {
    private static final Headers NO_SNIFF = Headers.of("X-Content-Type-Options", "nosniff");

    private final Map<String, Endpoint> endpoints = new LinkedHashMap<>();
    private volatile boolean shuttingDown;

    /** @param failure what is wrong, or empty; must not block */
    public record Check(String name, Supplier<Optional<String>> failure) {}

    private record Endpoint(String name, List<Check> checks) {}

    /** @param others of healthz and readyz, not of livez */
    public Health(List<Check> live, List<Check> ready, List<HealthCheck> others) {
        List<Check> liveness = new ArrayList<>();
        liveness.add(new Check("ping", Optional::empty));
        liveness.addAll(live);
        List<Check> healthiness = new ArrayList<>(liveness);
        others.forEach(other -> healthiness.add(new Check(other.name(), other.failure())));
        List<Check> readiness = new ArrayList<>(healthiness);
        readiness.addAll(ready);
        endpoints.put("/healthz", new Endpoint("healthz", List.copyOf(healthiness)));
        endpoints.put("/livez", new Endpoint("livez", List.copyOf(liveness)));
        List<Check> withShutdown = new ArrayList<>(readiness);
        withShutdown.add(
                new Check("shutdown", () -> shuttingDown ? Optional.of("process is shutting down") : Optional.empty()));
        endpoints.put("/readyz", new Endpoint("readyz", List.copyOf(withShutdown)));
    }

    public void shutDown() {
        shuttingDown = true;
    }

    public boolean serves(String path) {
        return endpoint(path).isPresent();
    }

    private Optional<Endpoint> endpoint(String path) {
        int second = path.indexOf('/', 1);
        return Optional.ofNullable(endpoints.get(second < 0 ? path : path.substring(0, second)));
    }

    @Override
    public boolean mayBlock(ApiRequest request) {
        return false;
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        var endpoint = endpoint(request.path()).orElseThrow(NotFoundPage::failure);
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            throw ApiFailure.methodNotAllowed();
        }
        var below = request.path().substring(endpoint.name.length() + 1);
        if (below.length() > 1) {
            return single(endpoint, below.substring(1));
        }
        return all(endpoint, request.query());
    }

    private static ApiResponse single(Endpoint endpoint, String name) {
        for (var check : endpoint.checks) {
            if (check.name.equals(name)) {
                return check.failure
                        .get()
                        .map(why -> text(500, "internal server error: " + why + "\n"))
                        .orElseGet(() -> text(200, "ok"));
            }
        }
        return NotFoundPage.response();
    }

    private static ApiResponse all(Endpoint endpoint, Query query) {
        var excluded = new TreeSet<>(query.all("exclude"));
        var out = new StringBuilder();
        boolean failed = false;
        for (var check : endpoint.checks) {
            if (excluded.remove(check.name)) {
                out.append("[+]").append(check.name).append(" excluded: ok\n");
                continue;
            }
            if (check.failure.get().isPresent()) {
                failed = true;
                out.append("[-]").append(check.name).append(" failed: reason withheld\n");
            } else {
                out.append("[+]").append(check.name).append(" ok\n");
            }
        }
        if (!excluded.isEmpty()) {
            out.append("warn: some health checks cannot be excluded: no matches for ")
                    .append(excluded.stream().map(GoText::quote).collect(Collectors.joining(", ")))
                    .append('\n');
        }
        if (failed) {
            return text(500, out.append(endpoint.name).append(" check failed\n").toString());
        }
        if (query.has("verbose")) {
            return text(200, out.append(endpoint.name).append(" check passed\n").toString());
        }
        return text(200, "ok");
    }

    private static ApiResponse text(int status, String body) {
        var plain = ApiResponse.text(status, body);
        return new ApiResponse.Whole(status, plain.contentType(), NO_SNIFF, plain.parts());
    }
}
