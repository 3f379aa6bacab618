package dev.navarch.embedded;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.User;
import dev.navarch.client.Request;
import dev.navarch.client.Response;
import dev.navarch.client.Transport;
import dev.navarch.time.TimeSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Carries the requests of one component to the API server of the same process, as calls. The component acts as a user
 * of its own and is authorized like anybody else.
 */
public final class LocalTransport implements Transport {
    private final ApiServer server;
    private final User user;
    private final TimeSource time;
    private final Set<Answer> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private volatile boolean cut;

    /** @param time is told of the requests under way */
    public LocalTransport(ApiServer server, User user, TimeSource time) {
        this.server = server;
        this.user = user;
        this.time = time;
    }

    @Override
    public Response send(Request request) throws IOException, InterruptedException {
        if (closed) {
            throw new IOException("the transport of " + user.name() + " is closed");
        }
        if (cut) {
            throw new NoRouteToHostException("no route to host");
        }
        Answer answer;
        try (var _ = time.begin()) {
            answer = new Answer(server.local().handle(asSent(request)));
        }
        if (answer.response instanceof ApiResponse.Streaming) {
            open.add(answer);
            if (closed || cut) {
                answer.close();
            }
        }
        return answer;
    }

    /** Lets nothing pass from now on, and ends what is open. */
    void cutOff() {
        cut = true;
        open.forEach(Answer::close);
    }

    /** Lets all pass again. */
    void heal() {
        cut = false;
    }

    private ApiRequest asSent(Request request) {
        List<String> headers = new ArrayList<>();
        request.headers().forEach((name, value) -> {
            headers.add(name);
            headers.add(value);
        });
        int mark = request.path().indexOf('?');
        var path = RequestInfoParser.decodePath(
                mark < 0 ? request.path() : request.path().substring(0, mark));
        var query = Query.parse(mark < 0 ? "" : request.path().substring(mark + 1));
        return new ApiRequest(
                request.method(),
                path,
                query,
                Headers.of(headers.toArray(String[]::new)),
                request.body(),
                user,
                RequestInfoParser.parse(request.method(), path, query),
                ApiRequest.newAuditId());
    }

    @Override
    public boolean lasting() {
        return true;
    }

    @Override
    public void close() {
        closed = true;
        open.forEach(Answer::close);
    }

    private final class Answer implements Response {
        private final ApiResponse response;
        /** Used by the one who reads. */
        private boolean read;

        Answer(ApiResponse response) {
            this.response = response;
        }

        @Override
        public int status() {
            return response.status();
        }

        @Override
        public Optional<String> header(String name) {
            return name.equalsIgnoreCase("Content-Type")
                    ? Optional.of(response.contentType())
                    : response.headers().first(name);
        }

        @Override
        public byte[] readAll() throws IOException {
            var all = new ByteArrayOutputStream();
            switch (response) {
                case ApiResponse.Whole whole -> {
                    return whole.parts().toByteArray();
                }
                case ApiResponse.Streaming streaming -> {
                    try {
                        for (var frame = streaming.frames().next();
                                frame != null;
                                frame = streaming.frames().next()) {
                            all.writeBytes(frame);
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw new IOException("interrupted", e);
                    }
                }
            }
            return all.toByteArray();
        }

        @Override
        public byte @Nullable [] readFrame() throws InterruptedException {
            return switch (response) {
                case ApiResponse.Whole whole -> { // such as that of a watch from a version that is forgotten
                    if (read) {
                        yield null;
                    }
                    read = true;
                    yield whole.parts().toByteArray();
                }
                case ApiResponse.Streaming streaming -> streaming.frames().next();
            };
        }

        @Override
        public void close() {
            if (response instanceof ApiResponse.Streaming streaming) {
                streaming.frames().close();
                open.remove(this);
            }
        }
    }
}
