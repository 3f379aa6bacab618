package dev.navarch.apiserver.http;

import dev.navarch.apiserver.request.Headers;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** A view of what the HTTP/1.1 decoder read. */
record NettyHeaders(HttpHeaders fields) implements Headers {
    @Override
    public Optional<String> first(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    @Override
    public List<String> all(String name) {
        return fields.getAll(name);
    }

    @Override
    public void forEach(BiConsumer<String, String> action) {
        fields.forEach(field -> action.accept(field.getKey(), field.getValue()));
    }
}
