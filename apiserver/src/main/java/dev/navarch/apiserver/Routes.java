package dev.navarch.apiserver;

import dev.navarch.apiserver.pages.Health;
import dev.navarch.apiserver.pages.LogFiles;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.RequestHandler;
import java.util.Map;
import java.util.Optional;

/** Finds who serves a path: fixed paths first, then health checks, then the API. */
final class Routes implements RequestHandler {
    private final Map<String, RequestHandler> fixed;
    private final Optional<LogFiles> logs;
    private final Health health;
    private final RequestHandler api;

    Routes(Map<String, RequestHandler> fixed, Optional<LogFiles> logs, Health health, RequestHandler api) {
        this.fixed = Map.copyOf(fixed);
        this.logs = logs;
        this.health = health;
        this.api = api;
    }

    private RequestHandler of(ApiRequest request) {
        if (request.info().resourceRequest()) {
            return api;
        }
        var found = fixed.get(request.path());
        if (found != null) {
            return found;
        }
        if (logs.isPresent() && LogFiles.serves(request.path())) {
            return logs.get();
        }
        return health.serves(request.path()) ? health : api;
    }

    @Override
    public boolean mayBlock(ApiRequest request) {
        return of(request).mayBlock(request);
    }

    @Override
    public ApiResponse handle(ApiRequest request) throws InterruptedException {
        return of(request).handle(request);
    }
}
