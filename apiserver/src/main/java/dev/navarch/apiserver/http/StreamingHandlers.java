package dev.navarch.apiserver.http;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ClientConnection;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.StreamingHandler;
import java.util.List;

/** Several handlers; the first that serves a request does. */
public record StreamingHandlers(List<StreamingHandler> handlers) implements StreamingHandler {
    public StreamingHandlers {
        handlers = List.copyOf(handlers);
    }

    @Override
    public boolean serves(RequestInfo info) {
        for (int i = 0; i < handlers.size(); i++) {
            if (handlers.get(i).serves(info)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void serve(ApiRequest request, ClientConnection client) throws InterruptedException {
        for (var handler : handlers) {
            if (handler.serves(request.info())) {
                handler.serve(request, client);
                return;
            }
        }
        // what was found before went in between
        throw ApiFailure.serviceUnavailable("service unavailable");
    }
}
